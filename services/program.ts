import { once } from 'node:events';
import { closeSync, createWriteStream, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { type ErrorCode, TemperError } from '../schemas/errors.ts';
import type { Context } from './service.ts';

/** A JVM that is ready in 3 s on a quiet machine took 17 s on a busy one. */
const READY_WITHIN_MS = 90_000;
const STOP_WITHIN_MS = 30_000;
const TAIL_BYTES = 8_192;
const TAIL_LINES = 15;

export interface Program {
  command: string;
  args: string[];
  env?: Record<string, string>;
  /** How the program is asked to end: by a signal, or by the end of its standard input. */
  endsBy: 'SIGTERM' | 'end of input';
}

export interface Running {
  pid: number | undefined;
  stop(): Promise<void>;
  died: Promise<Error>;
}

/**
 * Starts a service's program and waits until the probe says that it answers.
 * Its output goes to the log file directly, so it never waits for this process to read.
 */
export async function startProgram(
  context: Context,
  program: Program,
  isReady: () => Promise<boolean>,
): Promise<Running> {
  const since_ms = Date.now();
  const running = await launch(context, program);
  try {
    await untilReady(context, running, isReady);
  } catch (error) {
    await running.stop();
    throw error;
  }
  context.progress(`${context.name}: ready in ${((Date.now() - since_ms) / 1000).toFixed(1)} s`);
  return running;
}

async function launch(context: Context, program: Program): Promise<Running> {
  mkdirSync(context.directory, { recursive: true });
  mkdirSync(path.dirname(context.logFile), { recursive: true });
  const log = createWriteStream(context.logFile, { flags: 'a' });
  await once(log, 'open'); // a stream with a descriptor is given to the child as it is
  const logStart_bytes = statSync(context.logFile).size;
  const child = execa(program.command, program.args, {
    cwd: context.directory,
    env: program.env ?? {},
    // A session of its own: Ctrl-C reaches Temper alone, which then stops the services in its own order.
    detached: true,
    cleanup: false,
    stdin: program.endsBy === 'end of input' ? 'pipe' : 'ignore',
    stdout: log,
    stderr: log,
    buffer: false,
    reject: false,
  });
  log.destroy();
  if (child.pid !== undefined) context.record(child.pid);

  const signal = (name: NodeJS.Signals) => (child.pid === undefined ? false : child.kill(name));
  const ask = () => {
    if (program.endsBy === 'SIGTERM') signal('SIGTERM');
    else child.stdin?.end();
  };
  // If this process ends without having stopped its services, they are asked to follow it.
  process.once('exit', ask);

  let told = false;
  const ended = child.then(result => {
    process.off('exit', ask);
    const how = result.signal ? `signal ${result.signal}` : `exit code ${result.exitCode ?? 'none'}`;
    return failure(context, logStart_bytes, `it ended by itself (${how})`, result.cause);
  });
  return {
    pid: child.pid,
    died: ended.then(error => (told ? new Promise<never>(() => {}) : error)),
    async stop() {
      told = true;
      ask();
      const kill = setTimeout(() => signal('SIGKILL'), STOP_WITHIN_MS);
      await ended;
      clearTimeout(kill);
    },
  };
}

async function untilReady(context: Context, running: Running, isReady: () => Promise<boolean>): Promise<void> {
  let death: Error | undefined;
  void running.died.then(error => {
    death = error;
  });
  const deadline_ms = Date.now() + READY_WITHIN_MS;
  while (!(await isReady())) {
    context.signal.throwIfAborted();
    if (death) throw death;
    if (Date.now() > deadline_ms) throw failure(context, 0, `it did not answer within ${READY_WITHIN_MS / 1000} s`);
    await sleep(50);
  }
  if (death) throw death;
}

/** Says why a service failed, by the end of what it has logged since this start. */
function failure(context: Context, logStart_bytes: number, got: string, cause?: unknown): TemperError {
  const tail = tailOf(context.logFile, logStart_bytes);
  const code = codeOf(`${tail}\n${cause instanceof Error ? cause.message : ''}`);
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
