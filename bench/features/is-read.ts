import type { Bus } from '../../streams/kafka/bus.ts';

/** Whether the group has committed the topic's end. */
export async function isRead(bus: Bus, group: string, topic: string): Promise<boolean> {
  const committed = await bus.committed(group, topic);
  return [...(await bus.bounds(topic))].every(([partition, { high }]) => (committed.get(partition) ?? 0) === high);
}
