import { deedOf } from '../../models/features/deeds.ts';
import type { LiveUser } from '../../models/features/states.ts';
import { random } from '../../models/random.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import { ITEMS, USERS } from '../../streams/features/log/entities.ts';
import { LiveKeys } from '../../streams/features/log/keys/live-keys.ts';
import { Names } from '../../streams/features/log/keys/names.ts';
import { Replica } from '../../streams/features/log/replica.ts';
import { Rotation } from '../../streams/features/log/rotation.ts';
import { BUCKETS } from '../../streams/features/log/snapshot.ts';
import { UserPartition } from '../../streams/features/log/user-partition.ts';
import { USER_TOPICS } from '../../streams/features/restore.ts';
import type { TopicName } from '../../streams/graph.ts';
import type { Outbox } from '../../streams/kafka/bus.ts';

const ITEMS_OF_SHOP = 20_000;
const LIVE = 100_000;

/** Of each partition. */
export interface Shape {
  partitions: number;
  users: number;
  /** Events of each user before the snapshots begin. */
  each: number;
  eventsPerRecord: number;
}

/** Of each partition. */
export interface Filled {
  users: number;
  /** Of all snapshots, the last of each bucket. */
  snapshot_bytes: number;
  log_events: number;
  log_bytes: number;
}

/**
 * What the feature job leaves of users who have been there for some events each: then events of any of them, record by
 * record, with snapshots by turns as they fall due, until each bucket has had its turn once more. It is the same in all
 * partitions: whoever reads one knows nothing of the others.
 */
export async function fillPartitions(
  outbox: Outbox,
  { partitions, users, each, eventsPerRecord }: Shape,
): Promise<Filled> {
  const replica = new Replica(USERS, 'bench', new Names(), new LiveKeys<LiveUser>(LIVE));
  const rotation = new Rotation(replica, []);
  const source = new UserPartition(USERS, ITEMS, partitions, 0, replica);
  const { below } = random(1);
  source.begin(0);
  const publish = async (topic: TopicName, key: string, value: Buffer): Promise<void> => {
    const sends = Array.from({ length: partitions }, (_, partition) =>
      outbox.publish(topic, { key, partition, value }),
    );
    await Promise.all(sends);
  };
  let [offset, records] = [0, 0];
  const write = async (count: number, userOf: (n: number) => number): Promise<number> => {
    for (let n = 0; n < count; n++) source.take(deedOf(eventOf(offset, `u${userOf(n)}`, below)), offset++);
    const { users: value } = source.pack(offset, Date.now());
    await publish(USER_TOPICS.log, '0', value);
    records++;
    return value.length;
  };
  const snapshots = new Map<number, number>();
  const snapshot = async (): Promise<void> => {
    const written = rotation.next(records);
    snapshots.set(written.bucket, written.value.length);
    await publish(USER_TOPICS.snapshots, `${written.bucket}`, written.value);
    rotation.wrote(written);
  };

  for (let user = 0; user < users; user += 1_000) {
    const many = Math.min(1_000, users - user);
    await write(many * each, n => user + Math.floor(n / each));
  }
  for (let bucket = 0; bucket < BUCKETS; bucket++) await snapshot();
  let [turns, log_events, log_bytes] = [0, 0, 0];
  rotation.earn([...snapshots.values()].reduce((sum, size) => sum + size, 0)); // the first ones were due to nobody
  while (turns < BUCKETS) {
    const bytes = await write(eventsPerRecord, () => below(users));
    rotation.earn(bytes);
    log_events += eventsPerRecord;
    log_bytes += bytes;
    for (; rotation.isDue; turns++) await snapshot();
  }
  return {
    users: replica.size,
    snapshot_bytes: [...snapshots.values()].reduce((sum, size) => sum + size, 0),
    log_events,
    log_bytes,
  };
}

function eventOf(n: number, user: string, below: (n: number) => number): ShopEvent {
  const type = below(6) === 0 ? 'click' : 'impression';
  const on = { user, session: `s${below(5_000)}`, item: `i${below(ITEMS_OF_SHOP)}`, list: 'l', position: below(10) };
  return { v: 1, id: `e${n}`, type, at_ms: 1_700_000_000_000 + n * 10, ...on };
}
