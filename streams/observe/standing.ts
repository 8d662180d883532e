import type { PartitionLag } from '../kafka/bus.ts';
import { slotOf } from '../kafka/consuming/slots.ts';

/** How far a process is with a partition that is its own. */
export interface Stand {
  topic: string;
  partition: number;
  /** Records in the log that it has yet to handle. */
  lag: number;
  /** Since when it is behind: the broker's time of the last record that it handled, or when more was seen. */
  since_ms: number | undefined;
}

/** Where a process stands in what it reads. What goes to another process is forgotten, or its lag would stay for ever. */
export class Standing {
  readonly #stands = new Map<string, Stand>();
  /** By group, its partitions; undefined where the group has given none yet. */
  readonly #groups = new Map<string, ReadonlySet<string> | undefined>();

  /** A group will say which partitions are this process's. */
  expect(group: string): void {
    this.#groups.set(group, undefined);
  }

  /** What a group says, again and again, also while a batch hangs. */
  tell(group: string, lags: readonly PartitionLag[], now_ms: number): void {
    const slots = new Set(lags.map(({ topic, partition }) => slotOf(topic, partition)));
    for (const slot of this.#groups.get(group) ?? []) if (!slots.has(slot)) this.#stands.delete(slot);
    this.#groups.set(group, slots);
    for (const { topic, partition, lag } of lags) this.#set(topic, partition, lag, now_ms);
  }

  /** A batch of a partition was handled up to a record of this time. */
  took(topic: string, partition: number, lag: number, last_ms: number): void {
    this.#stands.set(slotOf(topic, partition), { topic, partition, lag, since_ms: lag > 0 ? last_ms : undefined });
  }

  /** Something else than a batch says how much is to do. */
  lag(topic: string, partition: number, lag: number, now_ms: number): void {
    this.#set(topic, partition, lag, now_ms);
  }

  get all(): readonly Stand[] {
    return [...this.#stands.values()];
  }

  /** Groups that have not said yet which partitions are this process's. */
  get awaited(): readonly string[] {
    return [...this.#groups].flatMap(([group, slots]) => (slots ? [] : [group]));
  }

  #set(topic: string, partition: number, lag: number, now_ms: number): void {
    const slot = slotOf(topic, partition);
    const since_ms = lag > 0 ? (this.#stands.get(slot)?.since_ms ?? now_ms) : undefined;
    this.#stands.set(slot, { topic, partition, lag, since_ms });
  }
}

/** For how long the records of a partition have waited, in milliseconds. */
export function behind_ms({ since_ms }: Stand, now_ms: number): number {
  return since_ms === undefined ? 0 : Math.max(0, now_ms - since_ms);
}
