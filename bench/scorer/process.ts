import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { nodeFlagsOf, TEMPER } from '../../cli/stack/supervisor.ts';
import { type Config, childEnvironment } from '../../schemas/settings/config.ts';

const COLLECTS = ['--import', new URL('collect-garbage.mjs', import.meta.url).href];

/** A scorer's process as the launcher starts one, which can be asked for its memory. */
export interface ScorerProcess {
  /** Behind a collection: V8 leaves garbage of 64 MB lying. */
  resident_mb(): Promise<number>;
  stop(): Promise<void>;
}

export async function startScorer(config: Config): Promise<ScorerProcess> {
  const child = fork(TEMPER, ['run', 'scorer'], {
    execArgv: [...nodeFlagsOf('scorer'), ...COLLECTS],
    env: childEnvironment({ ...config, log: 'warn' }),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const died = ended.then(([code]) => Promise.reject(new Error(`the scorer ended with ${code}`)));
  died.catch(() => {});
  const word = async () => void (await Promise.race([once(child, 'message'), died]));
  await word();
  return {
    async resident_mb() {
      const told = word();
      child.send('memory');
      await told;
      return residentOf_mb(await readFile(`/proc/${child.pid}/status`, 'utf8'));
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function residentOf_mb(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) / 1_024;
}
