import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type ErrorCode, type ErrorDetail, TemperError } from '../../schemas/errors.ts';

/** What a child says; its only message from the parent is the request. */
export type Report<Progress, Result> =
  | { type: 'progress'; progress: Progress }
  | { type: 'done'; result: Result }
  | { type: 'failed'; code: ErrorCode; detail: ErrorDetail }
  | { type: 'crashed'; message: string };

export interface ChildHooks<Progress> {
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
/** A step takes milliseconds and a checkpoint not much more; a child that is deaf for longer is killed. */
const GRACE_MS = 5_000;
const STDERR_CHARS = 4_000;

/**
 * Has work done in a process of its own, so that the caller's thread stays free: a run of ONNX Runtime blocks the
 * thread that starts it. The child ends when the signal says so, and when this process dies.
 *
 * @param entry the file of the child, which calls `answerParent`
 * @param what the child is called in errors
 * @throws what the work throws, the signal's reason, or JOB_CRASHED with the end of what the child wrote
 */
export async function runInChild<Request extends object, Progress, Result>(
  { entry, what }: { entry: string; what: string },
  request: Request,
  { onProgress, signal }: ChildHooks<Progress> = {},
): Promise<Result> {
  signal?.throwIfAborted();
  const child = fork(entry, { execArgv: ['--import', TSX], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const stop = () => end(child);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    child.send(request);
    return await resultOf<Progress, Result>(child, what, onProgress);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

function resultOf<Progress, Result>(
  child: ChildProcess,
  what: string,
  onProgress?: (progress: Progress) => void,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    let wrote = '';
    let last: Exclude<Report<Progress, Result>, { type: 'progress' }> | undefined;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      wrote = (wrote + text).slice(-STDERR_CHARS);
    });
    child.on('message', (report: Report<Progress, Result>) => {
      if (report.type === 'progress') onProgress?.(report.progress);
      else last = report;
    });
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      switch (last?.type) {
        case 'done':
          return resolve(last.result);
        case 'failed':
          return reject(new TemperError(last.code, last.detail));
        default: {
          const got = `${killedBy ?? `exit code ${code}`}: ${last?.message ?? wrote}`.trim();
          reject(new TemperError('JOB_CRASHED', { where: what, expected: 'a result', got }));
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
