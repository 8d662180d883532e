import type { LiveItem, LiveUser } from '../../../models/features/states.ts';
import { ITEMS, USERS } from '../../../streams/features/log/entities.ts';
import type { Entry } from '../../../streams/features/log/replica.ts';
import { Names } from '../../../streams/features/log/snapshot.ts';
import type { Bus } from '../../../streams/kafka/bus.ts';
import { FeatureMemory } from '../../../streams/scorer/feature-memory.ts';

export interface KnownFeatures {
  users: ReadonlyMap<string, Entry<LiveUser>>;
  items: ReadonlyMap<string, Entry<LiveItem>>;
}

/** The features as a reader gets them now, from snapshots and logs. */
export async function readFeatures(bus: Bus): Promise<KnownFeatures> {
  const users = new FeatureMemory(USERS, 'features.user.log', new Names());
  const items = new FeatureMemory(ITEMS, 'features.item.log', new Names());
  for (const [memory, log, snapshots] of [
    [users, 'features.user.log', 'features.user.snapshots'],
    [items, 'features.item.log', 'features.item.snapshots'],
  ] as const) {
    await bus.follow({
      topics: [snapshots],
      once: true,
      apply: (_topic, partition, { value }) => memory.offer(partition, value!),
    });
    await memory.restore();
    await bus.follow({
      topics: [log],
      once: true,
      from: (_topic, partition) => memory.start(partition),
      apply: (_topic, partition, { value }) => memory.apply(partition, value!),
    });
  }
  return { users: users.entries, items: items.entries };
}
