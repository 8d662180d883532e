import type { WatchLook } from '../../../activities/index.ts';
import { lookNow } from '../../../workflows/clients/watch.ts';
import { retrainResult, type TemporalClient } from '../../../workflows/clients/client.ts';
import { TASK_QUEUE } from '../../../workflows/places.ts';
import type { watch } from '../../../workflows/watch/watch.ts';
import { CHAMPION, WATCHED } from '../../workflows/stand-ins.ts';
import { FEW, newestRun, type Recorder, withStandIns } from './recorder.ts';
import { requireThat } from './retrainings.ts';

const DRIFTED = { act: 'retrain', reason: 'drift: 3 of 92 features have drifted' } as const;
const FELL = { act: 'rollback', reason: 'fall: click rate -30.0 %', model: CHAMPION.model } as const;

/** A look at a champion that has just come. */
export async function look(to: Recorder): Promise<void> {
  const { client } = await to.room(FEW);
  await lookNow(client, 'home');
  await to.write(client, { workflow: 'watch', what: 'dry', id: await newestRun(client, 'watch') });
}

/** What follows from a look. Real ones act after days, so it is said here what they saw. */
export async function watches(to: Recorder): Promise<void> {
  let seen: Partial<WatchLook> | null = null;
  const lookAtChampion = async (asked: object) => seen && ({ ...WATCHED, ...asked, ...seen } as WatchLook);
  await withStandIns(to, { lookAtChampion }, async client => {
    const record = async (what: string, outcome: RegExp, saw: typeof seen) => {
      seen = saw;
      const id = `watch-${crypto.randomUUID()}`;
      const options = { workflowId: id, taskQueue: TASK_QUEUE, args: [{ surface: 'home', isDry: false }] as const };
      const result = await client.temporal.workflow.execute<typeof watch>('watch', options as never);
      requireThat(outcome.test(result.outcome), `${outcome}, and not ${result.outcome}`);
      await to.write(client, { workflow: 'watch', what, id });
    };
    await record('nobody', /^$/, null);
    await record('well', /^$/, {});
    await record('retrain', /has begun/, DRIFTED);
    await retrainResult(client, 'home');
    await record('rollback', /serves again/, FELL);
    await record('rollback-refused', /^no rollback/, { ...FELL, model: 'home-9999999999' });
    await whileRetraining(client, () => record('busy', /runs already/, DRIFTED));
  });
}

async function whileRetraining({ temporal }: TemporalClient, work: () => Promise<void>): Promise<void> {
  const busy = await temporal.workflow.start('retrain', { taskQueue: 'nobody', workflowId: 'retrain-home' });
  await work();
  await busy.terminate();
}
