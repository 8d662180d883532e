import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Config } from '../schemas/config.ts';
import { TemperError } from '../schemas/errors.ts';
import type { Endpoints } from '../services/index.ts';
import type { JobName } from '../streams/graph.ts';
import { environmentFor } from './stack.ts';

const TEMPER = fileURLToPath(new URL('./temper.mjs', import.meta.url));
/** A job that dies this often within the time is not started again. */
const RESTARTS = { most: 5, within_ms: 60_000 };
const STOP_MS = 20_000;

export interface Supervised {
  stop(): Promise<void>;
  /** Resolves with the reason once a job has died too often. */
  failed: Promise<Error>;
  restarts(): number;
}

/** Starts each job as a process of its own, resolves when all are ready, and starts again what dies. */
export async function supervise(jobs: readonly JobName[], config: Config, endpoints: Endpoints): Promise<Supervised> {
  const logs = path.join(config.dataDir, 'logs');
  await mkdir(logs, { recursive: true });
  const alive = new Map<JobName, ReturnType<typeof launch>>();
  let stopping = false;
  let restarts = 0;
  let fail!: (error: Error) => void;
  const failed = new Promise<Error>(resolve => {
    fail = resolve;
  });

  const start = (job: JobName, deaths_ms: number[]): Promise<void> => {
    const child = launch(job, config, endpoints, logs);
    alive.set(job, child);
    const ready = new Promise<void>(resolve => child.once('message', () => resolve()));
    void child.then(result => {
      if (stopping) return;
      const recent = [...deaths_ms, Date.now()].filter(at => at > Date.now() - RESTARTS.within_ms);
      if (recent.length > RESTARTS.most || !result.isTerminated && result.exitCode === 1 && recent.length > 2) {
        fail(new TemperError('JOB_CRASHED', { where: job, got: lastWords(result), next: `Read ${path.join(logs, `${job}.log`)}` }));
        return;
      }
      restarts++;
      setTimeout(() => !stopping && void start(job, recent), 500);
    });
    return ready;
  };

  await Promise.race([Promise.all(jobs.map(job => start(job, []))), failed.then(error => Promise.reject(error))]);
  return {
    failed,
    restarts: () => restarts,
    async stop() {
      stopping = true;
      // Readers first would lose nothing either, but so the last events still become rows.
      await Promise.all([...alive.values()].map(child => end(child)));
    },
  };
}

function launch(job: JobName, config: Config, endpoints: Endpoints, logs: string) {
  const child = execa(process.execPath, [TEMPER, 'run', job], {
    env: { ...environmentFor(endpoints), TEMPER_DATA: config.dataDir },
    ipc: true,
    reject: false,
    detached: true, // the terminal's Ctrl-C is for the launcher alone, which then stops the jobs in order
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
  });
  const log = createWriteStream(path.join(logs, `${job}.log`), { flags: 'a' });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  return child;
}

async function end(child: ReturnType<typeof launch>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await child;
  clearTimeout(timer);
}

function lastWords(result: { exitCode?: number | undefined; signal?: string | undefined }): string {
  return result.signal ? `signal ${result.signal}` : `exit code ${result.exitCode}`;
}
