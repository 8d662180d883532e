import { applyToUser } from '../../models/features/users.ts';
import { type ItemUpdate, UserFeatures } from '../../schemas/features.ts';
import { admit } from '../admit.ts';
import type { JobContext, RunningJob } from '../job.ts';
import type { Batch, Outbox } from '../kafka/bus.ts';
import { KeyedState, type StateLog } from './keyed-state.ts';

const LOG: StateLog<UserFeatures> = {
  topic: 'features.user',
  schema: UserFeatures,
  record: (user, entry) => ({ v: 1, user, ...entry }),
};

/** `shop.events` -> features of users, and updates on their way to the items' partitions. */
export async function startUserFeatures({ bus, report }: JobContext, outbox: Outbox): Promise<RunningJob> {
  const users = new KeyedState(LOG);

  const onBatch = async (batch: Batch): Promise<number | undefined> => {
    const { partition, records } = batch;
    const entries = users.of(partition);
    const touched = new Set<string>();
    const updates: ItemUpdate[] = [];
    for (const record of records) {
      const { offset, timestamp_ms } = record;
      const parsed = admit('shop.events', record);
      if (!parsed.ok) {
        report.count('refused'); // the sink writes the dead letter: one job per topic does
        continue;
      }
      const event = parsed.value;
      const held = entries.get(event.user);
      if (held && offset <= (held.applied[partition] ?? -1)) continue;
      const state = applyToUser(held?.state, event);
      if (!state) {
        report.count('duplicates');
        continue;
      }
      entries.set(event.user, { state, applied: { [partition]: offset }, event_ms: timestamp_ms });
      touched.add(event.user);
      report.count('events');
      if ('item' in event) {
        const { item, type, at_ms } = event;
        updates.push({ v: 1, item, type, at_ms, event_ms: timestamp_ms, partition, offset });
      }
    }
    await batch.confirm();
    // The items' updates first: once a user's record is written, its events are never read for their items again.
    await Promise.all(
      updates.map(update => outbox.publish('item.updates', { key: update.item, value: JSON.stringify(update) })),
    );
    await users.publish(outbox, partition, touched);
    report.lag(batch.topic, partition, batch.lag);
    report.gauge('users', users.size);
    return records.at(-1)!.offset + 1;
  };

  return bus.consume({
    group: 'temper.features.users',
    topics: ['shop.events'],
    maxWait_ms: 20,
    minBytes: 64 * 1024,
    concurrency: 8, // partitions are apart: their records leave together
    onBatch,
    async open(_topic, partition, heartbeat) {
      await users.restore(bus, partition, heartbeat);
      return undefined;
    },
    close: (_topic, partition) => users.drop(partition),
  });
}
