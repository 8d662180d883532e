import type { Cells } from '../../../models/features/aggregates/reducer.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import type { DeltaHead } from '../../features/log/delta.ts';
import type { Entity } from '../../features/log/entities.ts';
import type { Entry } from '../../features/log/keys/bucket.ts';
import { LiveKeys } from '../../features/log/keys/live-keys.ts';
import type { Names } from '../../features/log/keys/names.ts';
import { logStart, Replica, type Touched } from '../../features/log/replica.ts';
import { partitionOf } from '../../kafka/sending/partitioner.ts';

/** Some 15 us each. */
const UNPACKED_AT_ONCE = 16;

/** What is known of the keys of an entity. */
export interface Known<S> {
  readonly size: number;
  get(key: string): Entry<S> | undefined;
  entries(): Iterable<Entry<S>>;
}

/** All partitions of an entity's states as the scorer holds them: from the snapshots, then along the log. */
export class FeatureMemory<S extends Cells> implements Known<S> {
  readonly #partitions: readonly Replica<S>[];
  readonly #starts = new Map<number, number>();
  /** The live keys of all partitions in one map: most requests ask for no others. */
  readonly #live = new LiveKeys<S>(LIMITS.live_keys);

  constructor(entity: Entity<S>, log: string, names: Names, partitions: number) {
    this.#partitions = Array.from({ length: partitions }, (_, partition) => {
      return new Replica(entity, `${log}/${partition}`, names, this.#live);
    });
  }

  get size(): number {
    return this.#partitions.reduce((sum, { size }) => sum + size, 0);
  }

  get(key: string): Entry<S> | undefined {
    return this.#live.get(key) ?? this.#of(this.partitionOf(key)).get(key);
  }

  partitionOf(key: string): number {
    return partitionOf(key, this.#partitions.length);
  }

  /** Of each partition of events the next offset: the keys of this partition have had what lies below. */
  next(partition: number): number[] {
    const { positions } = this.#of(partition);
    return this.#partitions.map((_, source) => positions.of(source) ?? 0);
  }

  *entries(): Generator<Entry<S>> {
    for (const replica of this.#partitions) yield* replica.entries();
  }

  /** By partition, for who offers them their snapshots. */
  get replicas(): ReadonlyMap<number, Replica<S>> {
    return new Map(this.#partitions.entries());
  }

  /** Takes over what was offered. What comes of the log waits from here on, until its keys are asked for after `catchUp`. */
  async restore(pause: () => Promise<void>): Promise<void> {
    for (const [partition, replica] of this.#partitions.entries()) {
      this.#starts.set(partition, logStart(replica.restore()));
      await pause();
    }
  }

  /**
   * The log has been read to its end. Partition by partition each key is told once; what comes of the log for it from
   * then on is told by `apply`.
   */
  async catchUp(tell: (entry: Entry<S>) => void, pause: () => Promise<void>): Promise<void> {
    for (const replica of this.#partitions) {
      replica.catchUp();
      for (const entry of replica.entries()) tell(entry);
      await pause();
    }
  }

  /** The same, where nobody needs to be told. */
  settle(): void {
    for (const replica of this.#partitions) replica.catchUp();
  }

  /**
   * Unpacks what is in use in other states, which this is to take the place of: otherwise the next lists would wait for
   * all of it.
   */
  async warm(other: FeatureMemory<S>, pause: () => Promise<void>): Promise<void> {
    let n = 0;
    for (const key of [...other.#live.keys()]) {
      this.get(key);
      if (++n % UNPACKED_AT_ONCE === 0) await pause();
    }
  }

  /** From where the log is to be followed. */
  start(partition: number): number {
    return this.#starts.get(partition) ?? 0;
  }

  /** Takes a record of the log. */
  apply(partition: number, record: Buffer, touched?: Touched<S>): DeltaHead {
    return this.#of(partition).apply(record, touched);
  }

  #of(partition: number): Replica<S> {
    return this.#partitions[partition]!;
  }
}
