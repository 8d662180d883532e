import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { TemperError } from '../../schemas/errors.ts';
import { BEHIND, stepBack } from '../../schemas/settings/background.ts';
import { type Config, childEnvironment } from '../../schemas/settings/config.ts';
import { JOBS, type JobName } from '../../streams/graph.ts';

export const TEMPER = fileURLToPath(new URL('../temper.mjs', import.meta.url));
/** A job that dies more often than this within the time is not started again. */
const RESTARTS = { most: 5, within_ms: 60_000, after_ms: 500 };
/**
 * The records of a fetch and the candidates of a list live as long as they are worked on. With V8's 16 MB for young objects many are copied once or
 * twice before they die; and its helpers, of which there is one for each core, take CPU time from other jobs.
 */
const ROOM_FOR_YOUNG = '--max-semi-space-size=64';
/**
 * Lists wait for each collection of old objects. It is due when so many per cent more have come than were left by the last
 * one, what lies outside of the heap included; by V8's own choice there were five while a scorer took rebuilt states over,
 * and with this one or none.
 */
const ROOM_FOR_OLD = '--heap-growing-percent=200';
const FLAGS: { readonly [J in JobName]?: readonly string[] } = {
  features: [ROOM_FOR_YOUNG],
  scorer: [ROOM_FOR_YOUNG, ROOM_FOR_OLD],
};
const STOP_MS = 20_000;
const TAIL_CHARS = 2_000;

export interface Supervised {
  stop(): Promise<void>;
  /** Resolves with the reason once a job has died too often. */
  failed: Promise<Error>;
  restarts(): number;
}

/**
 * Starts each job as a process of its own, resolves when all are ready, and starts again what dies.
 *
 * @param config with the address of every service filled in
 * @param program what runs a job when it is called with `run JOB`
 * @param signal ends the starting: what has started is stopped again
 */
export async function supervise(
  jobs: readonly JobName[],
  config: Config,
  { program = TEMPER, restarting = RESTARTS, signal = new AbortController().signal } = {},
): Promise<Supervised> {
  const logs = path.join(config.dataDir, 'logs');
  await mkdir(logs, { recursive: true });
  const alive = new Map<JobName, Launched>();
  let stopping = false;
  let restarts = 0;
  let fail!: (error: Error) => void;
  const failed = new Promise<Error>(resolve => {
    fail = resolve;
  });

  const keepAlive = (job: JobName, deaths_ms: number[], ready: () => void): void => {
    const launched = launch(program, job, config, logs);
    alive.set(job, launched);
    launched.child.once('message', () => {
      if (JOBS[job].background) stepBack(launched.child.pid!, BEHIND.keepsUp);
      ready();
    });
    void launched.child.then(() => {
      if (stopping) return;
      const recent = [...deaths_ms, Date.now()].filter(at => at > Date.now() - restarting.within_ms);
      if (recent.length > restarting.most) {
        const next = `Read ${path.join(logs, `${job}.log`)}`;
        fail(new TemperError('JOB_CRASHED', { where: job, got: launched.lastWords(), next }));
        return;
      }
      restarts++;
      setTimeout(() => !stopping && keepAlive(job, recent, ready), restarting.after_ms);
    });
  };

  const allReady = jobs.map(job => new Promise<void>(ready => keepAlive(job, [], ready)));
  const supervised = {
    failed,
    restarts: () => restarts,
    async stop() {
      stopping = true;
      await Promise.all([...alive.values()].map(({ child }) => end(child)));
    },
  };
  try {
    await Promise.race([Promise.all(allReady), failed.then(error => Promise.reject(error)), aborted(signal)]);
  } catch (error) {
    await supervised.stop();
    throw error;
  }
  return supervised;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    else signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** Flags of Node's with which a job's process is started. */
export function nodeFlagsOf(job: JobName): readonly string[] {
  return FLAGS[job] ?? [];
}

interface Launched {
  child: ReturnType<typeof spawn>;
  /** The end of what it wrote to standard error. */
  lastWords(): string;
}

function launch(program: string, job: JobName, config: Config, logs: string): Launched {
  const child = spawn(program, job, config);
  const log = createWriteStream(path.join(logs, `${job}.log`), { flags: 'a' });
  // One of the two may end while the other has more to say.
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  void child.then(() => log.end());
  let tail = '';
  child.stderr.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString('utf8')).slice(-TAIL_CHARS);
  });
  return { child, lastWords: () => lastWordsOf(tail) };
}

/** The last line that says something: where it came from stands behind it, and in the log. */
export function lastWordsOf(tail: string): string {
  const lines = tail.trim().split('\n');
  return lines.findLast(line => !/^\s+at /.test(line)) ?? '';
}

function spawn(program: string, job: JobName, config: Config) {
  return execa(process.execPath, [...nodeFlagsOf(job), program, 'run', job], {
    env: childEnvironment(config),
    ipc: true,
    reject: false,
    detached: true, // the terminal's Ctrl-C is for the launcher alone, which then stops the jobs in order
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    forceKillAfterDelay: STOP_MS,
  });
}

async function end(child: ReturnType<typeof spawn>): Promise<void> {
  child.kill('SIGTERM');
  await child;
}
