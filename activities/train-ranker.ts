import type { Context } from '@temporalio/activity';
import { z } from 'zod';
import { trainInChild } from '../models/ranker/child.ts';
import { TemperError } from '../schemas/errors.ts';
import { ContentSpecs, RankerKind, Start, Told, TrainSettings } from '../schemas/models/models.ts';
import { at_ms, id } from '../schemas/topics/events.ts';
import { trainingIn } from './places.ts';
import type { Ports } from './ports.ts';
import { Snapshot } from './snapshot/snapshot-examples.ts';
import { progressRecorder } from './training-progress.ts';
import { startOf } from './training-start.ts';

/** Names the workflow run, and with it the directory in which it trains. */
export const Run = z.string().regex(/^[\w-]{1,64}$/, 'expected the id of a workflow run');

export const TrainRanker = z.object({
  snapshot: Snapshot,
  seed: z.int().nonnegative(),
  run: Run,
  /** From whose parameters it begins, where it can; absent in runs of before it was told. */
  champion: id.optional(),
  /** From nobody's, whoever serves. */
  cold: z.boolean().default(false),
});
export type TrainRanker = z.output<typeof TrainRanker>;

const TrainedFile = z.object({ path: z.string(), sha256: z.string() });

/** A trained model that nobody has judged: where it lies, and what training says of it. */
export const Candidate = z.object({
  kind: RankerKind.exclude(['popularity']).default('mlp'),
  path: z.string(),
  sha256: z.string(),
  bytes: z.int(),
  /** Where ONNX Runtime really trained it. */
  provider: z.enum(['cpu', 'cuda']),
  metrics: z.record(z.string(), z.number()),
  /** The model as it was trained, where a smaller form of it is the candidate. */
  original: TrainedFile.optional(),
  /** The items that it knows by their ids. */
  items: TrainedFile.optional(),
  /** What a sequence ranker serves from beside its graph. */
  tables: TrainedFile.optional(),
  contents: ContentSpecs.optional(),
  /** The code that trained it; absent where it was trained before that was told. */
  code: z.string().optional(),
  settings: TrainSettings.optional(),
  told: Told.optional(),
  start: Start.optional(),
  learned_until_ms: at_ms.optional(),
});
export type Candidate = z.infer<typeof Candidate>;

/** Well within the workflow's heartbeat timeout, so that a busy moment does not look like a death. */
const HEARTBEAT_MS = 4_000;
/** A child that says nothing for so long hangs; it is ended, and the next attempt goes on from its checkpoint. */
const SILENCE_MS = 120_000;

/**
 * Trains a candidate in a child process, so that the worker's own thread stays free for its heartbeats. They carry the
 * child's progress and the directory of its checkpoints: another attempt on this machine goes on from there.
 */
export async function trainRanker(ports: Ports, request: TrainRanker, context: Context): Promise<Candidate> {
  const { config } = ports;
  const directory = trainingIn(config, request.run);
  const silence = new AbortController();
  const recorder = progressRecorder(ports, request.run);
  let progress: object = (context.info.heartbeatDetails as object | undefined) ?? {};
  let heard_ms = Date.now();
  const beat = () => {
    if (Date.now() - heard_ms > SILENCE_MS) silence.abort();
    context.heartbeat({ ...progress, directory });
  };
  const timer = setInterval(beat, HEARTBEAT_MS);
  try {
    const settings = settingsOf(config);
    const trained = await trainInChild(
      {
        kind: config.ranker,
        dataset: { path: request.snapshot.path, sha256: request.snapshot.sha256 },
        directory,
        seed: request.seed,
        providers: config.providers,
        start: await startOf(config, request),
        ...settings,
      },
      {
        onProgress(reported) {
          progress = reported;
          heard_ms = Date.now();
          recorder.take(reported, heard_ms);
          beat();
        },
        signal: AbortSignal.any([context.cancellationSignal, silence.signal]),
      },
    );
    return { ...trained, settings };
  } catch (error) {
    if (context.cancellationSignal.aborted) return await context.cancelled; // rejects with the cancellation's reason
    if (silence.signal.aborted) {
      throw new TemperError('TIMED_OUT', { where: 'training', expected: `a word within ${SILENCE_MS} ms` });
    }
    throw error instanceof TemperError && error.code === 'JOB_CRASHED' ? childDied(error) : error;
  } finally {
    clearInterval(timer);
    await recorder.end();
  }
}

/** What decides which bits a training gives, beside data and seed. */
function settingsOf({ threads, compress, hardening, dpNoise, dpClip }: Ports['config']): TrainSettings {
  return {
    threads,
    ...(compress !== 'none' && { compress }),
    ...(hardening === 'on' && { harden: true }),
    ...(dpNoise !== null && { privacy: { noise: dpNoise, clip: dpClip } }),
  };
}

/** Killed, or out of memory: what the next attempt may be spared, and it finds a checkpoint. */
function childDied(cause: TemperError): TemperError {
  return new TemperError('SERVICE_FAILED', {
    where: 'the training process',
    expected: 'a model',
    got: cause.detail.got ?? 'its end',
    cause,
  });
}
