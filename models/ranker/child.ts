import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ErrorCode, type ErrorDetail, TemperError } from '../../schemas/errors.ts';
import type { Progress, TrainMetrics, TrainOptions } from './train.ts';

/** What a training process is asked for. */
export interface TrainRequest extends TrainOptions {
  /** Path of a dataset's file. Its last part by time, the test part of `SHARES`, is not looked at. */
  dataset: string;
  /** Where checkpoints and the model are written; another attempt with the same request goes on from there. */
  directory: string;
}

/** A trained model that nobody has judged. */
export interface Candidate {
  path: string;
  sha256: string;
  bytes: number;
  metrics: TrainMetrics;
}

/** What the training process says; its only message from the parent is the request. */
export type Report =
  | { type: 'progress'; progress: Progress }
  | { type: 'done'; candidate: Candidate }
  | { type: 'failed'; code: ErrorCode; detail: ErrorDetail }
  | { type: 'crashed'; message: string };

const ENTRY = path.join(import.meta.dirname, 'train-process.ts');
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
/** A step takes milliseconds and a checkpoint not much more; a child that is deaf for longer is killed. */
const GRACE_MS = 5_000;
const STDERR_CHARS = 4_000;

/**
 * Trains a ranker in a process of its own, so that the caller's thread stays free: a run of ONNX Runtime blocks the
 * thread that starts it. The child ends when the signal says so, and when this process dies.
 *
 * @throws what `trainRanker` throws, the signal's reason, or JOB_CRASHED with the end of what the child wrote
 */
export async function trainInChild(
  request: TrainRequest,
  { onProgress, signal }: { onProgress?: (progress: Progress) => void; signal?: AbortSignal } = {},
): Promise<Candidate> {
  signal?.throwIfAborted();
  const child = fork(ENTRY, { execArgv: ['--import', TSX], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const stop = () => end(child);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    child.send(request);
    return await result(child, onProgress);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

function result(child: ChildProcess, onProgress?: (progress: Progress) => void): Promise<Candidate> {
  return new Promise((resolve, reject) => {
    let wrote = '';
    let last: Exclude<Report, { type: 'progress' }> | undefined;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      wrote = (wrote + text).slice(-STDERR_CHARS);
    });
    child.on('message', (report: Report) => {
      if (report.type === 'progress') onProgress?.(report.progress);
      else last = report;
    });
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      switch (last?.type) {
        case 'done':
          return resolve(last.candidate);
        case 'failed':
          return reject(new TemperError(last.code, last.detail));
        default: {
          const got = `${killedBy ?? `exit code ${code}`}: ${last?.message ?? wrote}`.trim();
          reject(new TemperError('JOB_CRASHED', { where: 'the training process', expected: 'a model', got }));
        }
      }
    });
  });
}

function end(child: ChildProcess): void {
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  child.once('close', () => clearTimeout(kill));
}
