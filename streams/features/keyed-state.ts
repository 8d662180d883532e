import type { Bus, Outbox } from '../kafka/bus.ts';

/** What a key's state contains: the last offset of each source partition that went into it. */
export interface Entry {
  applied: Record<string, number>;
  /** Broker time of the newest event in it. */
  event_ms: number;
}

/** The compacted topic that logs the state, and how a key's record looks on it. */
export interface StateLog<E> {
  topic: string;
  read(json: unknown): E;
  write(entry: E): string;
}

/**
 * State in memory, partition by partition, with a compacted topic as its log. A key's record carries the offsets
 * that it contains, so a replay after a crash changes nothing; and where two processes wrote for a while,
 * the record that contains more wins.
 */
export class KeyedState<E extends Entry> {
  readonly #partitions = new Map<number, Map<string, E>>();
  readonly #log: StateLog<E>;

  constructor(log: StateLog<E>) {
    this.#log = log;
  }

  /** The number of keys held. */
  get size(): number {
    let size = 0;
    for (const entries of this.#partitions.values()) size += entries.size;
    return size;
  }

  of(partition: number): Map<string, E> {
    const entries = this.#partitions.get(partition);
    if (!entries) throw new Error(`partition ${partition} was not restored`);
    return entries;
  }

  async restore(bus: Bus, partition: number, heartbeat: () => Promise<void>): Promise<void> {
    const { topic, read } = this.#log;
    const entries = new Map<string, E>();
    await bus.follow({
      topics: [topic],
      partitions: [partition],
      once: true,
      heartbeat,
      apply: (_topic, _partition, { key, value }) => {
        if (key === null) return;
        if (value === null) entries.delete(key);
        else keepNewer(entries, key, read(JSON.parse(value.toString('utf8'))));
      },
    });
    this.#partitions.set(partition, entries);
  }

  /** Logs what these keys are now; resolves when it is acknowledged. */
  async publish(outbox: Outbox, partition: number, keys: Iterable<string>): Promise<void> {
    const { topic, write } = this.#log;
    const entries = this.of(partition);
    await Promise.all(Array.from(keys, key => outbox.publish(topic, { key, value: write(entries.get(key)!) })));
  }

  drop(partition: number): void {
    this.#partitions.delete(partition);
  }
}

/** Of two records of one key, the one that contains more. */
export function keepNewer<E extends Entry>(entries: Map<string, E>, key: string, record: E): boolean {
  const held = entries.get(key);
  if (held && contains(held.applied) > contains(record.applied)) return false;
  entries.set(key, record);
  return true;
}

function contains(applied: Record<string, number>): number {
  let sum = 0;
  for (const offset of Object.values(applied)) sum += offset + 1;
  return sum;
}
