import type { Cells } from '../../models/features/aggregates/reducer.ts';
import type { TopicName } from '../graph.ts';
import type { Bus } from '../kafka/bus.ts';
import { slotOf } from '../kafka/consuming/slots.ts';
import type { Entity } from './log/entities.ts';
import { LiveKeys } from './log/keys/live-keys.ts';
import { Names } from './log/keys/names.ts';
import { logStart, Replica } from './log/replica.ts';
import { Rotation, SNAPSHOTS_PER_LOG } from './log/rotation.ts';
import { BUCKETS } from './log/snapshot.ts';

/** The topics of an entity's states. */
export interface StateTopics {
  log: TopicName;
  snapshots: TopicName;
}

export const USER_TOPICS = { log: 'features.user.log', snapshots: 'features.user.snapshots' } as const;
export const ITEM_TOPICS = { log: 'features.item.log', snapshots: 'features.item.snapshots' } as const;

export interface Restored<S extends Cells> {
  replica: Replica<S>;
  rotation: Rotation<S>;
  /** Where the log ended: its next offset. */
  end: number;
}

/**
 * A partition's states as its snapshots and its log say.
 *
 * @param live how many keys may be unpacked at a time
 * @throws OFFSET_LOST where the log does not reach back to what the snapshots contain
 */
export async function restorePartition<S extends Cells>(
  bus: Bus,
  entity: Entity<S>,
  topics: StateTopics,
  partition: number,
  heartbeat: () => Promise<void>,
  live: number,
): Promise<Restored<S>> {
  const replica = new Replica(entity, slotOf(topics.log, partition), new Names(), new LiveKeys<S>(live));
  await offerSnapshots(bus, topics, new Map([[partition, replica]]), { heartbeat });
  const heads = replica.restore();
  const start = logStart(heads);
  const rotation = new Rotation(replica, heads);
  let [end, bytes] = [start, 0];
  await bus.follow({
    partitions: [partition],
    once: true,
    heartbeat,
    topics: [topics.log],
    from: () => start,
    apply: (_topic, _partition, { value, offset }) => {
      if (value) replica.apply(value);
      bytes += value?.length ?? 0;
      end = offset + 1;
    },
  });
  replica.catchUp();
  // So much log behind the states is what turns leave; what is more had no snapshots when it was written, and is due.
  rotation.earn(Math.max(0, bytes - replica.snapshotBytes / SNAPSHOTS_PER_LOG));
  return { replica, rotation, end };
}

/** Buckets are written by turns, so the last records have the newest of each; some more, where somebody else wrote too. */
const LAST = BUCKETS + BUCKETS / 4;

/**
 * Offers each replica the snapshots of its partition: the last ones alone where these are enough, however many older ones
 * the broker has not compacted yet.
 */
export async function offerSnapshots(
  bus: Bus,
  topics: StateTopics,
  replicas: ReadonlyMap<number, Pick<Replica<Cells>, 'offer' | 'isOffered'>>,
  { heartbeat, rest }: { heartbeat?: () => Promise<void>; rest?: (worked_ms: number) => Promise<unknown> } = {},
): Promise<void> {
  const [snapshots, logs] = [await bus.bounds(topics.snapshots), await bus.bounds(topics.log)];
  const begins = (partition: number, last: number) => {
    const { low, high } = snapshots.get(partition) ?? { low: 0, high: 0 };
    return Math.max(low, high - last);
  };
  const read = (partitions: readonly number[], last: number) =>
    bus.follow({
      topics: [topics.snapshots],
      partitions,
      once: true,
      ...(heartbeat && { heartbeat }),
      ...(rest && { rest }),
      from: (_topic, partition) => begins(partition, last),
      apply: (_topic, partition, { value }) => value && replicas.get(partition)!.offer(value),
    });
  await read([...replicas.keys()], LAST);
  const lacking = [...replicas].filter(([partition, replica]) => {
    const isMore = begins(partition, LAST) > begins(partition, Number.POSITIVE_INFINITY);
    return isMore && !replica.isOffered(logs.get(partition)?.low ?? 0);
  });
  if (lacking.length > 0)
    await read(
      lacking.map(([partition]) => partition),
      Number.POSITIVE_INFINITY,
    );
}
