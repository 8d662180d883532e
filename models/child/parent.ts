import { type ChildProcess, fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type ErrorCode, type ErrorDetail, TemperError } from '../../schemas/errors.ts';
import { BEHIND, stepBack } from '../../schemas/settings/background.ts';

/** What a child says; its only message from the parent is the request. */
export type Report<Progress, Result> =
  | { type: 'progress'; progress: Progress }
  | { type: 'done'; result: Result }
  | Failure;

/** An error on its way to the parent: one that Temper names, or another one. */
export type Failure = { type: 'failed'; code: ErrorCode; detail: ErrorDetail } | { type: 'crashed'; message: string };

/** A process that is to be started. */
export interface ChildProgram {
  /** Its file, which calls `answerParent` or `serveParent`. */
  entry: string;
  /** What it is called in errors. */
  what: string;
  /** Whether nobody waits for it: then it stands behind those for which somebody does. */
  background?: boolean;
}

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
 * @throws what the work throws, the signal's reason, or JOB_CRASHED with the end of what the child wrote
 */
export async function runInChild<Request extends object, Progress, Result>(
  program: ChildProgram,
  request: Request,
  { onProgress, signal }: ChildHooks<Progress> = {},
): Promise<Result> {
  signal?.throwIfAborted();
  const child = forkChild(program);
  const stop = () => end(child);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    child.send(request);
    return await resultOf<Progress, Result>(child, program.what, onProgress);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** A process that runs a file of ours, with a channel to it; what it writes to standard error can be read. */
export function forkChild({ entry, background = false }: ChildProgram): ChildProcess {
  const child = fork(entry, {
    execArgv: ['--import', TSX],
    serialization: 'advanced', // typed arrays go as they are
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    detached: background, // a session of its own
  });
  if (background && child.pid !== undefined) stepBack(child.pid, BEHIND.takesItsTime);
  return child;
}

/** The end of what a child writes to standard error. */
export function lastWordsOf(child: ChildProcess): () => string {
  let wrote = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    wrote = (wrote + text).slice(-STDERR_CHARS);
  });
  return () => wrote.trim();
}

function resultOf<Progress, Result>(
  child: ChildProcess,
  what: string,
  onProgress?: (progress: Progress) => void,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const lastWords = lastWordsOf(child);
    let last: Exclude<Report<Progress, Result>, { type: 'progress' }> | undefined;
    child.on('message', (report: Report<Progress, Result>) => {
      if (report.type === 'progress') onProgress?.(report.progress);
      else last = report;
    });
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      if (last?.type === 'done') return resolve(last.result);
      reject(errorOf(last ?? { type: 'crashed', message: lastWords() }, what, `${killedBy ?? `exit code ${code}`}: `));
    });
  });
}

/** The error of a child as the parent throws it. */
export function errorOf(failure: Failure, what: string, end = ''): TemperError {
  if (failure.type === 'failed') return new TemperError(failure.code, failure.detail);
  return new TemperError('JOB_CRASHED', { where: what, expected: 'a result', got: `${end}${failure.message}`.trim() });
}

/** Ends a child: it is asked to, and after a while no longer asked. */
export function end(child: ChildProcess): void {
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  child.once('close', () => clearTimeout(kill));
}
