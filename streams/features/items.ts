import { addTo, ITEM_COUNTS } from '../../models/features/counts.ts';
import { ItemFeatures } from '../../schemas/features.ts';
import { admit } from '../admit.ts';
import type { JobContext, RunningJob } from '../job.ts';
import type { Batch, Outbox } from '../kafka/bus.ts';
import { KeyedState, type StateLog } from './keyed-state.ts';

const LOG: StateLog<ItemFeatures> = {
  topic: 'features.item',
  schema: ItemFeatures,
  record: (item, entry) => ({ v: 1, item, ...entry }),
};

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
      const held = entries.get(update.item);
      if (held && update.offset <= (held.applied[update.partition] ?? -1)) {
        report.count('copies');
        continue;
      }
      entries.set(update.item, {
        state: addTo(held?.state ?? { at_ms: update.at_ms, sums: [] }, ITEM_COUNTS, update),
        applied: { ...held?.applied, [update.partition]: update.offset },
        event_ms: update.event_ms,
      });
      touched.add(update.item);
      report.count('item_updates');
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
