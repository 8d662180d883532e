import type { Config } from '../../schemas/config.ts';
import type { Surface } from '../../schemas/ranking.ts';
import type { PlannedStage } from '../../schemas/trials.ts';
import {
  openClient,
  type RetrainResult,
  retrainResult,
  retrainStatus,
  startRetrain,
  type TemporalClient,
  workflowUrl,
} from '../../workflows/clients/client.ts';
import { trialWords } from '../../workflows/clients/decisions.ts';

const POLL_MS = 1_000;

export interface RetrainOptions {
  surface: Surface;
  seed: number;
  reason: string;
  /** Only examples of this span of time. */
  span?: { from_ms: number; until_ms: number };
  /** What it goes through before it is promoted; absent: what the configuration says. */
  trial?: PlannedStage[];
}

/**
 * Starts the retrain workflow, or joins the one that runs for the surface, and waits for its result.
 *
 * @param say told the address in Temporal's UI, and each step as it comes
 */
export async function retrainAndTell(
  config: Config,
  options: RetrainOptions,
  say: (words: string) => void,
): Promise<RetrainResult> {
  const client = await openClient({ address: config.temporal!, namespace: config.temporalNamespace });
  try {
    const asked = { ...trialOf(config), ...options, requestedBy: 'temper' };
    const { workflowId, runId, joined } = await startRetrain(client, asked);
    const url = workflowUrl(config, workflowId, runId);
    if (url) say(`watch it at ${url}`);
    if (joined) say(`joined the retraining of ${options.surface} that runs already, with its own seed and reason`);
    return await telling(client, options.surface, runId, say);
  } finally {
    await client.close();
  }
}

/** How a model that passes its gates comes to serve, as the configuration says. */
export function trialOf({ trial, approval }: Config): { trial: PlannedStage[]; approval: boolean } {
  return { trial, approval: approval === 'needed' };
}

async function telling(
  client: TemporalClient,
  surface: Surface,
  runId: string,
  say: (words: string) => void,
): Promise<RetrainResult> {
  let told = '';
  const poll = async () => {
    const { step, words: own } = await retrainStatus(client, surface);
    const words = step === 'trial' ? `trial: ${(await trialWords(client, surface)) ?? 'begins'}` : own;
    if (words !== told) say(words);
    told = words;
  };
  const timer = setInterval(() => void poll().catch(() => {}), POLL_MS); // the next poll tells what this one could not
  try {
    return await retrainResult(client, surface, runId);
  } finally {
    clearInterval(timer);
  }
}
