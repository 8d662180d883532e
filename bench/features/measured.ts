import { fork } from 'node:child_process';
import { once } from 'node:events';
import { nodeFlagsOf } from '../../cli/stack/supervisor.ts';
import { type Config, childEnvironment } from '../../schemas/settings/config.ts';
import type { Wanted, Work } from './measured.process.ts';

/** Seconds of CPU of a process, as the feature job's is started, for one work after the other. */
export async function cpuOfProcess<const W extends readonly Work[]>(
  config: Config,
  works: W,
): Promise<{ -readonly [N in keyof W]: number }> {
  return askedOf(new URL('measured.process.ts', import.meta.url), config, { works } satisfies Wanted);
}

/** What a process answers that is started with the flags of the feature job's. */
export async function askedOf<Answer>(file: URL, config: Config, wanted: object): Promise<Answer> {
  const child = fork(file, {
    execArgv: [...nodeFlagsOf('features'), '--import', 'tsx'],
    env: childEnvironment(config),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.send(wanted);
  const ended = once(child, 'exit');
  const died = ended.then(([code]) => {
    throw new Error(`the process that is measured ended with ${code}`);
  });
  died.catch(() => {});
  const [answer] = await Promise.race([once(child, 'message'), died]);
  await ended;
  return answer as Answer;
}
