import type { Cells } from '../../models/features/aggregates/reducer.ts';
import type { TopicName } from '../graph.ts';
import type { Bus } from '../kafka/bus.ts';
import { slotOf } from '../kafka/slots.ts';
import type { Entity } from './log/entities.ts';
import { LiveKeys } from './log/keys/live-keys.ts';
import { Names } from './log/keys/names.ts';
import { logStart, Replica } from './log/replica.ts';
import { Rotation } from './log/rotation.ts';

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
  topics: { log: TopicName; snapshots: TopicName },
  partition: number,
  heartbeat: () => Promise<void>,
  live: number,
): Promise<Restored<S>> {
  const replica = new Replica(entity, slotOf(topics.log, partition), new Names(), new LiveKeys<S>(live));
  const reading = { partitions: [partition], once: true, heartbeat };
  await bus.follow({
    ...reading,
    topics: [topics.snapshots],
    apply: (_topic, _partition, { value }) => value && replica.offer(value),
  });
  const heads = replica.restore();
  const start = logStart(heads);
  const rotation = new Rotation(replica, heads);
  let end = start;
  await bus.follow({
    ...reading,
    topics: [topics.log],
    from: () => start,
    apply: (_topic, _partition, { value, offset }) => {
      if (value) replica.apply(value);
      rotation.earn(value?.length ?? 0); // what had to be read again is due to be in snapshots
      end = offset + 1;
    },
  });
  replica.catchUp();
  return { replica, rotation, end };
}
