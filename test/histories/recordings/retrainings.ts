import { decide, retrainBecause, rollBack } from '../../../workflows/clients/decisions.ts';
import { cancelRetrain, retrainResult, retrainStatus, startRetrain, type TemporalClient } from '../../../workflows/clients/client.ts';
import type { ShopSpec } from '../../activities/examples.ts';
import { INPUT } from '../../workflows/real-run.ts';
import { ENOUGH, newestRun, type Recorder, until } from './recorder.ts';

const BY = { by: 'anna', reason: 'its lists look odd' };
const ID = 'retrain-home';
const OCCASION = { surface: 'home', reason: 'a drift', requestedBy: 'vitest' } as const;

/** Of one shop each training has a seed of its own: the same model would be registered again. */
const SEEDS = { rejected: 12, promoted: 13 };

/** One that was rejected, and one that was promoted, and taken back, so that popularity serves again. */
export async function retrainings(to: Recorder): Promise<void> {
  const { client } = await to.room(ENOUGH);
  await startRetrain(client, { ...INPUT, seed: SEEDS.rejected, approval: true });
  await whenItWaits(client, 'reject');
  requireThat((await retrainResult(client, 'home')).approval?.approved === false, 'a rejection');
  await to.write(client, { workflow: 'retrain', what: 'rejected', id: ID });

  await startRetrain(client, { ...INPUT, seed: SEEDS.promoted });
  requireThat((await retrainResult(client, 'home')).promoted, 'a promotion');
  await to.write(client, { workflow: 'retrain', what: 'promoted', id: ID });
  await rollBack(client, 'home', BY);
}

/** Of clicks at random nothing can be learned. */
export const refusal = (to: Recorder): Promise<void> => refused(to, 'refused', { ...ENOUGH, clicks: 'noise' });
/** Examples that are too few to be trained on. */
export const unfit = (to: Recorder): Promise<void> => refused(to, 'unfit', { ...ENOUGH, lists: 60 });

async function refused(to: Recorder, what: string, shop: ShopSpec): Promise<void> {
  const room = await to.room(shop);
  const { verdict, workflowId: id, runId } = await room.retrain();
  requireThat(!verdict.passed, 'a refusal');
  await to.write(room.client, { workflow: 'retrain', what, id, runId });
}

/** An occasion that began a retraining, one that found it at work, and that retraining, which was cancelled as it trained. */
export async function occasions(to: Recorder): Promise<void> {
  const { client } = await to.room(ENOUGH);
  for (const what of ['started', 'running'] as const) {
    const { started } = await retrainBecause(client, OCCASION);
    requireThat(started === (what === 'started'), what);
    await to.write(client, { workflow: 'retrain-on', what, id: await newestRun(client, 'retrainOn', started ? 1 : 2) });
  }
  await until('training', async () => (await retrainStatus(client, 'home')).step === 'train');
  await cancelRetrain(client, 'home');
  await retrainResult(client, 'home').catch(() => {});
  await to.write(client, { workflow: 'retrain', what: 'cancelled', id: ID });
}

/** What is said before the model waits is refused; so it is said again. */
export async function whenItWaits(client: TemporalClient, verb: 'approve' | 'reject'): Promise<void> {
  await until('model that waits', () =>
    decide(client, 'home', verb, BY).then(
      () => true,
      () => false,
    ),
  );
}

export function requireThat(isSo: boolean | undefined, what: string): void {
  if (!isSo) throw new Error(`expected ${what}`);
}
