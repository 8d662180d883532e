import type { ItemVector } from '../../schemas/topics/vectors.ts';
import { admit } from '../admit.ts';
import type { Bus, Outbox, StreamRecord } from '../kafka/bus.ts';

/** What the records of a partition's items hold. */
export type Held = Map<string, readonly ItemVector[]>;

/** One partition of the catalogue as it is enriched. */
export interface Partition {
  held: Held;
  /** What stood in the catalogue when it was opened, as long as that is not read to its end. */
  catchingUp: Standing | undefined;
}

interface Standing {
  /** The next offset. */
  end: number;
  /** The last offset of each item: what stands before it is of no interest any more. */
  last: Map<string, number>;
  /** Items that are not withdrawn. */
  present: Set<string>;
}

/** What the logs of vectors and products hold of a partition. */
export async function restorePartition(
  bus: Bus,
  partition: number,
  heartbeat: () => Promise<void>,
): Promise<Partition> {
  const held: Held = new Map();
  const standing: Standing = { end: 0, last: new Map(), present: new Set() };
  await bus.follow({
    topics: ['item.vectors', 'shop.catalogue'],
    partitions: [partition],
    once: true,
    heartbeat,
    apply: (topic, _partition, record) => (topic === 'item.vectors' ? hold(held, record) : stand(standing, record)),
  });
  return { held, catchingUp: standing };
}

function hold(held: Held, record: StreamRecord): void {
  if (record.key === null) return;
  const parsed = admit('item.vectors', record);
  if (parsed.ok) held.set(record.key, parsed.value.vectors);
  else held.delete(record.key); // a tombstone, or what has to be written anew
}

function stand(standing: Standing, { key, value, offset }: StreamRecord): void {
  standing.end = offset + 1;
  if (key === null) return;
  standing.last.set(key, offset);
  if (value === null) standing.present.delete(key);
  else standing.present.add(key);
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
