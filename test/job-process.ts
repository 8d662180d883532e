import { once } from 'node:events';
import path from 'node:path';
import { execa } from 'execa';
import { type Config, childEnvironment, readConfig } from '../schemas/settings/config.ts';
import type { Endpoints } from '../services/index.ts';
import type { JobName } from '../streams/graph.ts';

export const TEMPER = path.resolve(import.meta.dirname, '../cli/temper.mjs');
const COLLECTS = ['--import', path.resolve(import.meta.dirname, '../bench/scorer/collect-garbage.mjs')];
const TOLD_MS = 20_000;

/** A configuration for tests against the running services, with a database of its own. */
export function testConfig(endpoints: Endpoints, database: string, more: Record<string, string> = {}): Config {
  // What a test asks for counts, whatever the shell has set that it is run in.
  const environment = { TEMPER_LOG: 'warn', ...process.env, TEMPER_CLICKHOUSE_DATABASE: database, ...more };
  return { ...readConfig({}, environment), ...endpoints };
}

/** `temper run JOB` as it runs in production: a process that can be killed. */
export interface JobProcess {
  job: JobName;
  pid: number;
  /** Resolves with its exit code, or nothing where a signal ended it. */
  ended: Promise<number | undefined>;
  /** kill -9, and the wait until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | undefined>;
  errors(): string;
  /**
   * MB that its heap and its buffers hold when all garbage is gone: of a job that was started to tell. Undefined where it
   * does not in time.
   */
  held_mb(): Promise<number | undefined>;
}

export async function startJob(job: JobName, config: Config, { tellsMemory = false } = {}): Promise<JobProcess> {
  const child = execa(process.execPath, [...(tellsMemory ? COLLECTS : []), TEMPER, 'run', job], {
    env: childEnvironment(config),
    ipc: true,
    reject: false,
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
  });
  // From the first line on: a job says much before it is ready.
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString('utf8');
  });
  const ready = new Promise<void>(resolve => child.once('message', () => resolve()));
  const ended = child.then(result => {
    throw new Error(`${job} ended before it was ready: ${result.stderr}`);
  });
  ended.catch(() => {});
  await Promise.race([ready, ended]);
  return {
    job,
    pid: child.pid!,
    ended: child.then(({ exitCode }) => exitCode),
    async kill() {
      child.kill('SIGKILL');
      await child;
    },
    async stop() {
      child.kill('SIGTERM');
      return (await child).exitCode;
    },
    errors: () => errors,
    async held_mb() {
      const told = once(child, 'message', { signal: AbortSignal.timeout(TOLD_MS) });
      child.send('memory', () => {}); // that it has ended is told by its silence
      const [{ held_bytes }] = await told.catch(() => [{ held_bytes: Number.NaN }]);
      return Number.isNaN(held_bytes) ? undefined : held_bytes / 2 ** 20;
    },
  };
}
