import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { TemperError } from '../../schemas/errors.ts';
import type { PlannedStage } from '../../schemas/models/trials.ts';
import type { Config } from '../../schemas/settings/config.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
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
/** Of one look at the steps; the next one comes anyway. */
const LOOK_MS = 5_000;
/** How often, and for how long, somebody asks for the result while Temporal does not answer. */
const AGAIN_MS = 5_000;
const AWAY_MS = 10 * 60_000;

export interface RetrainOptions {
  surface: Surface;
  seed: number;
  reason: string;
  /** Only examples of this span of time. */
  span?: { from_ms: number; until_ms: number };
  /** Whether it begins from first parameters of its own, and not from the champion's. */
  cold?: boolean;
  /** What it goes through before it is promoted; absent: what the configuration says. */
  trial?: PlannedStage[];
}

/**
 * Starts the retrain workflow, or joins the one that runs for the surface, and waits for its result.
 *
 * @param say told the address in Temporal's UI, and each step as it comes
 * @param signal ends the waiting, not the retraining
 */
export async function retrainAndTell(
  config: Config,
  options: RetrainOptions,
  say: (words: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<RetrainResult> {
  const client = await openClient({
    address: config.temporal!,
    namespace: config.temporalNamespace,
    access: config.temporalAccess,
  });
  try {
    signal.throwIfAborted();
    const asked = { ...trialOf(config), ...options, requestedBy: 'temper' };
    const { workflowId, runId, joined } = await startRetrain(client, asked);
    const url = workflowUrl(config, workflowId, runId);
    if (url) say(`watch it at ${url}`);
    if (joined) say(`joined the retraining of ${options.surface} that runs already, with its own seed and reason`);
    return await telling(client, options.surface, runId, say, signal);
  } finally {
    await client.close();
  }
}

/** How a retraining ended, as a line. */
export function outcomeOf({ promoted, model, verdict, trial, approval }: RetrainResult): string {
  if (promoted) return `promoted ${model}`;
  const refusals = verdict.checks.filter(check => !check.passed && check.mode !== 'report').map(check => check.name);
  return `not promoted: ${trial?.reason ?? approval?.reason ?? `refused by ${refusals.join(', ')}`}`;
}

/** How a model that passes its gates comes to serve, as the configuration says. */
export function trialOf({ trial, approval }: Config): { trial: PlannedStage[]; approval: boolean } {
  return { trial, approval: approval === 'needed' };
}

/**
 * Done when nothing is asked any more: what is still tried again by a connection that was closed throws where nobody can
 * catch it.
 */
async function telling(
  client: TemporalClient,
  surface: Surface,
  runId: string,
  say: (words: string) => void,
  signal: AbortSignal,
): Promise<RetrainResult> {
  const over = new AbortController();
  const steps = tellSteps(client, surface, say, over.signal);
  const asking = untilFirst(signal, over.signal);
  try {
    for (let away_ms = 0; ; away_ms += AGAIN_MS) {
      try {
        return await client.temporal.withAbortSignal(asking, () => retrainResult(client, surface, runId));
      } catch (error) {
        signal.throwIfAborted();
        // The retraining does not end because nobody can be asked how it goes.
        if (!isAway(error)) throw error;
        if (away_ms >= AWAY_MS) throw unreachable(error);
        if (away_ms === 0) say('Temporal does not answer; the retraining goes on when it does');
      }
      await sleep(AGAIN_MS, undefined, { signal });
    }
  } finally {
    over.abort();
    await steps;
  }
}

/**
 * Until the first of some signals, as one for Temporal's client, which leaves a listener with each call, three a minute
 * for as long as a trial takes: none is left on the signals themselves.
 */
export function untilFirst(...signals: AbortSignal[]): AbortSignal {
  const until = AbortSignal.any(signals);
  setMaxListeners(0, until);
  return until;
}

const isAway = (error: unknown): boolean => isGrpcServiceError(error) || error instanceof ServiceError;

function unreachable(cause: unknown): TemperError {
  const next = 'Start it again: the retraining is in its database, and `temper retrain` joins it';
  return new TemperError('UNREACHABLE', {
    where: 'Temporal',
    expected: `an answer within ${AWAY_MS / 60_000} min`,
    next,
    cause,
  });
}

async function tellSteps(
  client: TemporalClient,
  surface: Surface,
  say: (words: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const now = async () => {
    const { step, words } = await retrainStatus(client, surface);
    const trial = step === 'trial' ? await trialWords(client, surface) : undefined;
    return trial ? `trial: ${trial}` : words;
  };
  for (let told = ''; !signal.aborted; await sleep(POLL_MS, undefined, { signal }).catch(() => {})) {
    // The next look tells what this one could not.
    const words = await client.temporal.withDeadline(Date.now() + LOOK_MS, now).catch(() => told);
    if (words !== told) say(words);
    told = words;
  }
}
