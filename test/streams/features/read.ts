import type { LiveItem, LiveUser } from '../../../models/features/states.ts';
import { ITEMS, USERS } from '../../../streams/features/log/entities.ts';
import type { Entry } from '../../../streams/features/log/keys/live-keys.ts';
import { Names } from '../../../streams/features/log/keys/names.ts';
import type { Bus } from '../../../streams/kafka/bus.ts';
import { FeatureMemory, type Known } from '../../../streams/scorer/feature-memory.ts';

export interface KnownFeatures {
  users: ReadonlyMap<string, Entry<LiveUser>>;
  items: ReadonlyMap<string, Entry<LiveItem>>;
}

/** The features as a reader gets them now, from snapshots and logs. */
export async function readFeatures(bus: Bus): Promise<KnownFeatures> {
  const partitions = (await bus.bounds('features.user.log')).size;
  const users = new FeatureMemory(USERS, 'features.user.log', new Names(), partitions);
  const items = new FeatureMemory(ITEMS, 'features.item.log', new Names(), partitions);
  for (const [memory, log, snapshots] of [
    [users, 'features.user.log', 'features.user.snapshots'],
    [items, 'features.item.log', 'features.item.snapshots'],
  ] as const) {
    await bus.follow({
      topics: [snapshots],
      once: true,
      apply: (_topic, partition, { value }) => memory.offer(partition, value!),
    });
    memory.restore();
    await bus.follow({
      topics: [log],
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
