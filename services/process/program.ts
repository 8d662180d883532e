import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, TemperError } from '../../schemas/errors.ts';
import { BEHIND, stepBack } from '../../schemas/settings/background.ts';
import type { Context } from '../service.ts';

/** Far above what any of them takes on an idle machine: the first start often shares it with installs and builds. */
const READY_WITHIN_MS = 90_000;
const STOP_WITHIN_MS = 30_000;
/** A log that has grown above this is set aside at the next start, and replaces the one set aside before. */
const LOG_BYTES = 16 * 1024 * 1024;
const TAIL_BYTES = 8_192;
const TAIL_LINES = 15;

export interface Program {
  command: string;
  args: string[];
  /** How the program is asked to end: by a signal, or by the end of its standard input. */
  endsBy: 'SIGTERM' | 'end of input';
  /** Whether it stands behind others once it is ready, for nobody waits for its answers. */
  background?: boolean;
}

export interface Running {
  stop(): Promise<void>;
  died: Promise<Error>;
}

/**
 * Starts a service's program and waits until the probe says that it answers.
 * If it does not, or the start is given up, the program is stopped before the error is thrown.
 */
export async function startProgram(
  context: Context,
  program: Program,
  isReady: () => Promise<boolean>,
): Promise<Running> {
  const since_ms = Date.now();
  const running = launch(context, program);
  const over = new AbortController();
  const answers = untilReady(isReady, AbortSignal.any([context.signal, over.signal]));
  const death = running.died.then(error => Promise.reject(error));
  try {
    if (await Promise.race([answers, death])) {
      if (program.background) running.stepBack();
      context.progress(`${context.name}: ready in ${((Date.now() - since_ms) / 1000).toFixed(1)} s`);
      return running;
    }
    throw running.explain(`it did not answer within ${READY_WITHIN_MS / 1000} s`);
  } catch (error) {
    await running.stop();
    throw error;
  } finally {
    // What loses the race ends here, and its own failure is of no interest any more.
    over.abort();
    answers.catch(() => {});
    death.catch(() => {});
  }
}

interface Launched extends Running {
  stepBack(): void;
  explain(got: string): TemperError;
}

function launch(context: Context, program: Program): Launched {
  mkdirSync(context.directory, { recursive: true });
  mkdirSync(path.dirname(context.logFile), { recursive: true });
  if (existsSync(context.logFile) && statSync(context.logFile).size > LOG_BYTES) {
    renameSync(context.logFile, `${context.logFile}.old`);
  }
  const log = openSync(context.logFile, 'a');
  const logStart_bytes = statSync(context.logFile).size;
  const explain = (got: string, cause?: Error) => failure(context, logStart_bytes, got, cause);
  // Not by execa, which would carry the output through this process: the service must be able to write its log,
  // and to end in good order, after this process is gone.
  const child = spawn(program.command, program.args, {
    cwd: context.directory,
    // A session of its own: Ctrl-C reaches Temper alone, which then stops the services in its own order.
    detached: true,
    stdio: [program.endsBy === 'end of input' ? 'pipe' : 'ignore', log, log],
  });
  closeSync(log);
  if (child.pid !== undefined) context.record(child.pid);

  const ask = () => {
    if (program.endsBy === 'SIGTERM') child.kill('SIGTERM');
    else child.stdin?.end();
  };
  // If this process ends without having stopped its services, they are asked to follow it.
  process.once('exit', ask);

  const ended = new Promise<TemperError>(resolve => {
    child.once('error', cause => resolve(explain('it could not be started', cause)));
    child.once('exit', (code, signal) => resolve(explain(`it ended by itself (${signal ?? `exit code ${code}`})`)));
  });
  let told = false;
  return {
    explain,
    stepBack: () => child.pid !== undefined && stepBack(child.pid, BEHIND.keepsUp),
    died: ended.then(error => {
      process.off('exit', ask);
      return told ? new Promise<never>(() => {}) : error;
    }),
    async stop() {
      told = true;
      ask();
      const kill = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      await ended;
      clearTimeout(kill);
    },
  };
}

/** True when the probe has said yes, false when the time is up. */
async function untilReady(isReady: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  const deadline_ms = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline_ms) {
    if (await isReady()) return true;
    await sleep(50, undefined, { signal });
  }
  return false;
}

/** Says why a service failed, by the end of what it has logged since this start. */
function failure(context: Context, logStart_bytes: number, got: string, cause?: Error): TemperError {
  const tail = tailOf(context.logFile, logStart_bytes);
  const code = codeOf(`${tail}\n${cause?.message ?? ''}`);
  return new TemperError(code, {
    where: context.name,
    expected: 'a service that runs until it is stopped',
    got: tail === '' ? got : `${got}; its log ends with\n${tail}\n`,
    next: code === 'DISK_FULL' ? 'Make room, then start again' : `Its whole log is ${context.logFile}`,
    cause,
  });
}

/** What the operating system refused, as Java, Go, C++ and Node word it. */
export function codeOf(output: string): ErrorCode {
  if (/no space left on device|ENOSPC|NOT_ENOUGH_SPACE/i.test(output)) return 'DISK_FULL';
  if (/address already in use|EADDRINUSE|port is already in use/i.test(output)) return 'PORT_TAKEN';
  return 'SERVICE_FAILED';
}

function tailOf(file: string, from_bytes: number): string {
  const log = openSync(file, 'r');
  try {
    const size = statSync(file).size;
    const start = Math.max(from_bytes, size - TAIL_BYTES);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    readSync(log, buffer, 0, buffer.length, start);
    return buffer.toString('utf8').trim().split('\n').slice(-TAIL_LINES).join('\n');
  } finally {
    closeSync(log);
  }
}
