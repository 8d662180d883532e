import { fork } from 'node:child_process';
import { once } from 'node:events';
import { nodeFlagsOf } from '../../cli/stack/supervisor.ts';
import { type Config, childEnvironment } from '../../schemas/settings/config.ts';
import type { Wanted, Work } from './measured.process.ts';

/** Seconds of CPU of a process, as the feature job's is started, for one work after the other. */
export async function cpuOfProcess<const W extends readonly Work[]>(
  config: Config,
  works: W,
  events: number,
): Promise<{ -readonly [N in keyof W]: number }> {
  const child = fork(new URL('measured.process.ts', import.meta.url), {
    execArgv: [...nodeFlagsOf('features'), '--import', 'tsx'],
    env: childEnvironment(config),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.send({ works, events } satisfies Wanted);
  const ended = once(child, 'exit');
  const died = ended.then(([code]) => {
    throw new Error(`the process that is measured ended with ${code}`);
  });
  died.catch(() => {});
  const [seconds] = await Promise.race([once(child, 'message'), died]);
  await ended;
  return seconds as { -readonly [N in keyof W]: number };
}
