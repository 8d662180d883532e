import type { LiveItem } from '../../models/features/states.ts';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';
import type { JobContext, RunningJob } from '../job.ts';
import type { Batch, Outbox } from '../kafka/bus.ts';
import { ITEMS } from './log/entities.ts';
import type { Replica } from './log/replica.ts';
import { ITEM_TOPICS, restorePartition } from './restore.ts';
import { Snapshots } from './snapshots.ts';

/** The log of items -> their snapshots: whoever needs the items' features follows that log as this does. */
export async function startItemFeatures({ bus, config, report }: JobContext, outbox: Outbox): Promise<RunningJob> {
  const partitions = new Map<number, { replica: Replica<LiveItem>; snapshots: Snapshots<LiveItem> }>();

  const live = Math.ceil(LIMITS.live_keys / config.partitions);

  const onBatch = async (batch: Batch): Promise<number | undefined> => {
    const { partition, records } = batch;
    const { replica, snapshots } = partitions.get(partition)!;
    const counts = { item_updates: 0, item_updates_late: 0, item_updates_too_late: 0 };
    let bytes = 0;
    for (const { value } of records) {
      if (!value) continue;
      bytes += value.length;
      const { rebuilt } = replica.apply(value, (_item, _delta, outcome) => {
        counts.item_updates++;
        if (outcome === 'late') counts.item_updates_late++;
        if (outcome === 'too late') counts.item_updates_too_late++;
      });
      if (rebuilt !== undefined) throw rebuiltElsewhere(partition);
    }
    const next = records.at(-1)!.offset + 1;
    await batch.confirm();
    snapshots.follow(next, bytes);
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) report.count(name, counts[name]);
    report.took(batch);
    let items = 0;
    for (const { replica } of partitions.values()) items += replica.size;
    report.gauge('items', items);
    return next;
  };

  return bus.consume({
    group: 'temper.features.items',
    topics: ['features.item.log'],
    maxWait_ms: 100, // nobody waits for it
    minBytes: 64 * 1024,
    concurrency: 8,
    onBatch,
    async open(_topic, partition, heartbeat) {
      const { replica, rotation, end } = await restorePartition(bus, ITEMS, ITEM_TOPICS, partition, heartbeat, live);
      partitions.set(partition, { replica, snapshots: new Snapshots(rotation, bus, outbox, ITEM_TOPICS, partition) });
      return end;
    },
    close: (_topic, partition) => partitions.delete(partition),
  });
}

/** There are snapshots that know more than memory does: the partition is restored from them, and from the log. */
function rebuiltElsewhere(partition: number): TemperError {
  return new TemperError('OVERTAKEN', {
    where: `${ITEM_TOPICS.log}/${partition}`,
    expected: 'updates of items',
    got: 'word that all of them were rebuilt from the archive',
  });
}
