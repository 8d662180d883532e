import type { Cells } from '../../models/features/aggregates/reducer.ts';
import { warnWithoutKeys } from '../../models/privacy/signed-erasure.ts';
import { keysIn } from '../../models/registry/keys.ts';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';
import type { JobContext, RunningJob } from '../job.ts';
import type { Batch, OpenLog, Outbox } from '../kafka/bus.ts';
import { Deeds } from './deeds.ts';
import type { Entity } from './log/entities.ts';
import { type Packed, UserPartition } from './log/user-partition.ts';
import { restorePartition, USER_TOPICS } from './restore.ts';
import { Snapshots } from './snapshots.ts';

const GROUP = 'temper.features.users';

interface Open<S extends Cells> {
  users: UserPartition<S>;
  snapshots: Snapshots<S>;
  size: () => number;
  /** The offset of the log that the next record of this process gets, unless somebody else writes there too. */
  end: number;
}

/** `shop.events` -> the logs of users and, where there are any, re-keyed, of items; and the snapshots of users. */
export async function startUserFeatures<S extends Cells>(
  { bus, config, log, report }: JobContext,
  outbox: Outbox,
  entities: { users: Entity<S>; items?: Entity<Cells> },
): Promise<RunningJob> {
  const partitions = new Map<number, Open<S>>();
  const keys = keysIn(config);
  await warnWithoutKeys(keys, log);
  const deeds = new Deeds(keys);

  const onBatch = async (batch: Batch): Promise<number | undefined> => {
    const { partition, records } = batch;
    const open = partitions.get(partition)!;
    const { users } = open;
    if (users.next === undefined) users.begin(records[0]!.offset);
    let since_ms = records[0]!.timestamp_ms;
    const outcomes = {
      events: 0,
      duplicates: 0,
      late: 0,
      too_late: 0,
      too_fast: 0,
      erased: 0,
      refused: 0,
      future: 0,
      withheld: 0,
    };
    for (const record of records) {
      const { offset } = record;
      const parsed = deeds.of(record);
      if (!parsed.ok) {
        outcomes.refused++; // the sink writes the dead letter: one job per topic does
        if (parsed.refusal.reason === 'future') outcomes.future++;
        continue;
      }
      if (!parsed.value) {
        outcomes.withheld++;
        continue;
      }
      const outcome = users.take(parsed.value, offset);
      if (outcome === 'duplicate') outcomes.duplicates++;
      else outcomes.events++;
      if (outcome === 'late') outcomes.late++;
      if (outcome === 'too late') outcomes.too_late++;
      if (outcome === 'too fast') outcomes.too_fast++;
      if (outcome === 'erased') outcomes.erased++;
      if (users.size < LIMITS.delta_bytes) continue;
      await write(batch, open, users.pack(offset + 1, since_ms));
      since_ms = record.timestamp_ms;
    }
    const next = records.at(-1)!.offset + 1;
    await write(batch, open, users.pack(next, since_ms));
    // Then no older snapshot, and no record of the log, is needed any more.
    if (outcomes.erased > 0) await open.snapshots.renew(open.end, batch.confirm);
    for (const name of Object.keys(outcomes) as (keyof typeof outcomes)[]) report.count(name, outcomes[name]);
    report.took(batch);
    report.gauge('users', sizeOf(partitions));
    return next;
  };

  /** The items' records first: once the users' is in the log, its events are never read for their items again. */
  const write = async (batch: Batch, open: Open<S>, { items, users }: Packed): Promise<void> => {
    const key = String(batch.partition);
    await batch.confirm();
    await Promise.all(items.map(item => outbox.publish('features.item.log', { key, ...item })));
    await batch.confirm();
    let offset: number | undefined;
    const logged = (at: number) => {
      offset = at;
    };
    await outbox.publish('features.user.log', { key, partition: batch.partition, value: users, logged });
    if (offset !== open.end) throw overtaken(batch.partition, open.end, offset);
    open.end++;
    open.snapshots.follow(open.end, users.length);
  };

  const open = async (topic: string, partition: number, heartbeat: () => Promise<void>, source: OpenLog) => {
    const live = Math.ceil(LIMITS.live_keys / config.partitions);
    const { replica, rotation, end } = await restorePartition(
      bus,
      entities.users,
      USER_TOPICS,
      partition,
      heartbeat,
      live,
    );
    const users = new UserPartition(entities.users, entities.items, config.partitions, partition, replica);
    const snapshots = new Snapshots(rotation, bus, outbox, USER_TOPICS, partition);
    partitions.set(partition, { users, snapshots, end, size: () => replica.size });
    // Whoever wrote the erasure to the log may have died before it had written all snapshots.
    if (replica.hasErasures) await snapshots.renew(end, heartbeat);
    const { low, high, committed = 0 } = source;
    const { next } = users;
    if (next === undefined) return low; // nothing is known: all that is left of the events is taken in
    if (next >= low && next <= high) return next;
    if (committed <= next || committed < low || committed > high) return next; // lost, and said so by whoever reads
    log.warn(
      { code: 'EVENTS_LOST', topic, partition, from: next, to: committed },
      'events are lost, and the group was set behind them',
    );
    users.begin(committed);
    return committed;
  };

  return bus.consume({
    group: GROUP,
    topics: ['shop.events'],
    maxWait_ms: 20,
    minBytes: 64 * 1024,
    maxBytes: 512 * 1024, // of a backlog no more than dies young: the garbage collector takes less
    concurrency: 8, // partitions are apart: their records leave together
    onBatch,
    open,
    close: (_topic, partition) => partitions.delete(partition),
  });
}

function sizeOf(partitions: ReadonlyMap<number, { size: () => number }>): number {
  let size = 0;
  for (const open of partitions.values()) size += open.size();
  return size;
}

/** What somebody else wrote may be more than is known here: the partition is restored, if it is still this process's. */
function overtaken(partition: number, expected: number, got: number | undefined): TemperError {
  return new TemperError('OVERTAKEN', {
    where: `${USER_TOPICS.log}/${partition}`,
    expected: `offset ${expected} for the next record`,
    got: got === undefined ? 'none, for the broker had the record from an earlier try' : `${got}`,
  });
}
