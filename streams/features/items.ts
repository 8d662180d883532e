import { applyToItem, type ItemEntry, noItem, readItem, writeItem } from '../../models/features/states.ts';
import { admit } from '../admit.ts';
import type { JobContext, RunningJob } from '../job.ts';
import type { Batch, Outbox } from '../kafka/bus.ts';
import { KeyedState, type StateLog } from './keyed-state.ts';

const LOG: StateLog<ItemEntry> = { topic: 'features.item', read: readItem, write: writeItem };

/**
 * `item.updates` -> features of items. An update names the offset of the event that it comes from. Every writer of
 * updates works through a source partition in order and without gaps, so an update at or below the last offset that
 * an item has from that partition is a copy, whoever wrote it.
 */
export async function startItemFeatures({ bus, report }: JobContext, outbox: Outbox): Promise<RunningJob> {
  const items = new KeyedState(LOG);

  const onBatch = async (batch: Batch): Promise<number | undefined> => {
    const { partition, records } = batch;
    const entries = items.of(partition);
    const touched = new Set<string>();
    for (const record of records) {
      const parsed = admit('item.updates', record);
      if (!parsed.ok) {
        report.count('refused');
        continue;
      }
      const update = parsed.value;
      const item = entries.get(update.item) ?? { item: update.item, state: noItem(), applied: {}, event_ms: 0 };
      if (update.offset <= (item.applied[update.partition] ?? -1)) {
        report.count('copies');
        continue;
      }
      const lateness = applyToItem(item.state, update);
      item.applied[update.partition] = update.offset;
      item.event_ms = update.event_ms;
      entries.set(update.item, item);
      touched.add(update.item);
      report.count('item_updates');
      if (lateness !== 'in order') report.count(lateness === 'late' ? 'item_updates_late' : 'item_updates_too_late');
    }
    await batch.confirm();
    await items.publish(outbox, partition, touched);
    report.lag(batch.topic, partition, batch.lag);
    report.gauge('items', items.size);
    return records.at(-1)!.offset + 1;
  };

  return bus.consume({
    group: 'temper.features.items',
    topics: ['item.updates'],
    maxWait_ms: 20,
    minBytes: 64 * 1024,
    concurrency: 8, // partitions are apart: their records leave together
    onBatch,
    async open(_topic, partition, heartbeat) {
      await items.restore(bus, partition, heartbeat);
      return undefined;
    },
    close: (_topic, partition) => items.drop(partition),
  });
}
