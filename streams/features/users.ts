import type { Fact } from '../../models/features/declarations.ts';
import { factOf } from '../../models/features/facts.ts';
import { applyToUser, noUser, readUser, type UserEntry, writeUser } from '../../models/features/states.ts';
import type { ShopEvent } from '../../schemas/events.ts';
import type { ItemUpdate } from '../../schemas/features.ts';
import { admit } from '../admit.ts';
import type { JobContext, RunningJob } from '../job.ts';
import type { Batch, Outbox } from '../kafka/bus.ts';
import { KeyedState, type StateLog } from './keyed-state.ts';

const LOG: StateLog<UserEntry> = { topic: 'features.user', read: readUser, write: writeUser };

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
        if (parsed.refusal.reason === 'future') report.count('future');
        continue;
      }
      const event = parsed.value;
      const user = entries.get(event.user) ?? { user: event.user, state: noUser(), applied: {}, event_ms: 0 };
      if (offset <= (user.applied[partition] ?? -1)) continue;
      const fact = factOf(event);
      const lateness = applyToUser(user.state, event, fact);
      if (lateness === 'duplicate') {
        report.count('duplicates');
        continue;
      }
      user.applied = { [partition]: offset };
      user.event_ms = timestamp_ms;
      entries.set(event.user, user);
      touched.add(event.user);
      report.count('events');
      if (lateness !== 'in order') report.count(lateness === 'late' ? 'late' : 'too_late');
      if ('item' in event) updates.push(updateOf(event, fact, { event_ms: timestamp_ms, partition, offset }));
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

/** What an item's features need of an event, and where it came from. */
function updateOf(
  { item, type, at_ms }: Extract<ShopEvent, { item: string }>,
  { user, query, position, value }: Fact,
  from: Pick<ItemUpdate, 'event_ms' | 'partition' | 'offset'>,
): ItemUpdate {
  return {
    v: 1,
    item,
    type,
    at_ms,
    ...from,
    user,
    ...(query !== 0 && { query }),
    ...(!Number.isNaN(position) && { position }),
    ...(!Number.isNaN(value) && { value }),
  };
}
