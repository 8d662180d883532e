import type { ItemVector } from '../../schemas/vectors.ts';
import { admit } from '../admit.ts';
import type { Bus, Outbox } from '../kafka/bus.ts';

/** What the records of a partition's items hold. */
export type Held = Map<string, readonly ItemVector[]>;

/** One partition of the catalogue as it is enriched. */
export interface Partition {
  held: Held;
  /** As long as it is not read to where it ended when it was opened: that offset, and the items seen so far. */
  catchingUp: { end: number; present: Set<string> } | undefined;
}

/** The partition as its log has it. */
export async function restorePartition(
  bus: Bus,
  partition: number,
  end: number,
  heartbeat: () => Promise<void>,
): Promise<Partition> {
  const held: Held = new Map();
  await bus.follow({
    topics: ['item.vectors'],
    partitions: [partition],
    once: true,
    heartbeat,
    apply: (_topic, _partition, record) => {
      if (record.key === null) return;
      const parsed = admit('item.vectors', record);
      if (parsed.ok) held.set(record.key, parsed.value.vectors);
      else held.delete(record.key); // a tombstone, or what has to be written anew
    },
  });
  return { held, catchingUp: { end, present: new Set() } };
}

/** Writes what an item's record is to hold, unless it does already; a record without vectors is none. */
export async function writeVectors(
  outbox: Outbox,
  held: Held,
  item: string,
  vectors: readonly ItemVector[],
): Promise<void> {
  const before = held.get(item) ?? [];
  if (vectors.length === before.length && vectors.every((vector, at) => vector === before[at])) return;
  const value = vectors.length === 0 ? null : JSON.stringify({ v: 1, item, at_ms: Date.now(), vectors });
  await outbox.publish('item.vectors', { key: item, value });
  if (vectors.length === 0) held.delete(item);
  else held.set(item, vectors);
}
