import type { LiveItem, LiveUser } from '../../../models/features/states.ts';
import { ITEMS, USERS } from '../../../streams/features/log/entities.ts';
import type { Entry } from '../../../streams/features/log/keys/bucket.ts';
import { Names } from '../../../streams/features/log/keys/names.ts';
import { ITEM_TOPICS, offerSnapshots, USER_TOPICS } from '../../../streams/features/restore.ts';
import type { Bus } from '../../../streams/kafka/bus.ts';
import { FeatureMemory, type Known } from '../../../streams/scorer/memory/feature-memory.ts';

export interface KnownFeatures {
  users: ReadonlyMap<string, Entry<LiveUser>>;
  items: ReadonlyMap<string, Entry<LiveItem>>;
}

/** The features as a reader gets them now, from snapshots and logs. */
export async function readFeatures(bus: Bus): Promise<KnownFeatures> {
  const partitions = (await bus.bounds('features.user.log')).size;
  const users = new FeatureMemory(USERS, 'features.user.log', new Names(), partitions);
  const items = new FeatureMemory(ITEMS, 'features.item.log', new Names(), partitions);
  for (const [memory, topics] of [
    [users, USER_TOPICS],
    [items, ITEM_TOPICS],
  ] as const) {
    await offerSnapshots(bus, topics, memory.replicas);
    await memory.restore(async () => {});
    await bus.follow({
      topics: [topics.log],
      once: true,
      from: (_topic, partition) => memory.start(partition),
      apply: (_topic, partition, { value }) => memory.apply(partition, value!),
    });
    await memory.catchUp(
      () => {},
      async () => {},
    );
  }
  return { users: byKey(users), items: byKey(items) };
}

function byKey<S>(known: Known<S>): Map<string, Entry<S>> {
  return new Map(Array.from(known.entries(), entry => [entry.key, entry]));
}
