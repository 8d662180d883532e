import { cancelRetrain, retrainResult, startRetrain, type TemporalClient } from '../../../workflows/clients/client.ts';
import { eraseResult, eraseStatus, startErase } from '../../../workflows/clients/erasure.ts';
import type { ShopSpec } from '../../activities/examples.ts';
import { INPUT, type RealRoom } from '../../workflows/real-run.ts';
import { ENOUGH, type Recorder, until } from './recorder.ts';
import { requireThat } from './retrainings.ts';

const ERASURE = 'e'.repeat(32);
const ASKED = { erasure: ERASURE, by: 'anna', reason: 'the user asked for it' };
/** Of the model that had learned from the user. */
const SEED = 18;
const DAY_MS = 86_400_000;
const SOME: ShopSpec = { ...ENOUGH, lists: 300 };

/** Of a user who has rows in ClickHouse, where the topics have nothing of anybody: twice, behind half a minute each. */
export async function erasure(to: Recorder): Promise<void> {
  const room = await to.room(SOME);
  const isCut = await opened(room);
  await startErase(room.client, { ...ASKED, cutLogs: true });
  await ended(room.client);
  requireThat(isCut(), 'logs that were cut');
  await to.write(room.client, { workflow: 'erase', id: `erase-${ERASURE}` });
}

/** One that waits for logs to expire, with the champion trained anew, until somebody wants them cut, and all sums made anew. */
export async function erasureAgain(to: Recorder): Promise<void> {
  const room = await to.room(ENOUGH);
  const { client } = room;
  await opened(room);
  await startRetrain(client, { ...INPUT, seed: SEED });
  requireThat((await retrainResult(client, 'home')).promoted, 'a promotion');
  const retrain = { approval: false, trial: [] };
  await startErase(client, { ...ASKED, cutLogs: false, retrain });
  await until('wait for logs', async () => (await eraseStatus(client, ERASURE))?.state === 'expiring');
  await startErase(client, { ...ASKED, cutLogs: true, rebuild: true, retrain });
  await ended(client);
  await to.write(client, { workflow: 'erase', what: 'again', id: `erase-${ERASURE}` });
  await client.temporal.workflow.getHandle('backfill').terminate(); // it waits for others for five minutes
  await cancelRetrain(client, 'home').catch(() => {});
  await retrainResult(client, 'home').catch(() => {});
}

/** @returns whether the logs, which have something of the user until then, were cut */
async function opened(room: RealRoom): Promise<() => boolean> {
  let isCut = false;
  room.ports.userLogs = {
    stages: 2,
    mark: async () => ({ recorded_ms: Date.now(), end: ['shop.events/0', 1] }),
    ...{ ends: async () => [], snapshotEnds: async () => [], behind: async () => [] },
    scan: async () => (isCut ? [] : [{ where: 'shop.events/0', count: 3, expires_ms: Date.now() + 8 * DAY_MS }]),
    cut: async () => {
      isCut = true;
      return [];
    },
  };
  const row = { erasure: ERASURE, user: 'user-7', quoted: '"user-7"', at: Date.now() };
  await room.ports.store.insert('erasures_open', [row]);
  return () => isCut;
}

async function ended(client: TemporalClient): Promise<void> {
  const { state } = await eraseResult(client, ERASURE);
  requireThat(state === 'erased', `an erasure, and not ${state}`);
}
