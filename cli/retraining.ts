import type { Config } from '../schemas/config.ts';
import type { Surface } from '../schemas/ranking.ts';
import {
  openClient,
  type RetrainResult,
  retrainResult,
  retrainStatus,
  startRetrain,
  workflowUrl,
} from '../workflows/client.ts';

const POLL_MS = 1_000;

export interface RetrainOptions {
  surface: Surface;
  seed: number;
  reason: string;
  /** Only examples of this span of time. */
  span?: { from_ms: number; until_ms: number };
}

export interface Retraining {
  /** What it does, in words. */
  step(): string;
  url: string | undefined;
  result: Promise<RetrainResult>;
}

/** Starts the retrain workflow, or joins the one that runs for the surface, and follows its steps. */
export async function followRetrain(config: Config, options: RetrainOptions): Promise<Retraining> {
  const client = await openClient({ address: config.temporal!, namespace: config.temporalNamespace });
  const { workflowId, runId } = await startRetrain(client, { ...options, requestedBy: 'temper' });
  let step = 'started';
  const timer = setInterval(() => {
    retrainStatus(client, options.surface).then(
      status => {
        step = status.words;
      },
      () => {}, // between two polls the worker may be busy; the next one tells
    );
  }, POLL_MS);
  const result = retrainResult(client, options.surface).finally(async () => {
    clearInterval(timer);
    await client.close();
  });
  result.catch(() => {}); // whoever awaits it is told; nobody else must fall over it
  return { step: () => step, url: workflowUrl(config, workflowId, runId), result };
}
