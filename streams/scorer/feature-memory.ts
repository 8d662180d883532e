import type { Cells, Lateness } from '../../models/features/aggregates/reducer.ts';
import type { DeltaHead, DeltaReader } from '../features/log/delta.ts';
import type { Entity } from '../features/log/entities.ts';
import { type Entry, logStart, Replica } from '../features/log/replica.ts';
import type { Names } from '../features/log/snapshot.ts';

/** All partitions of an entity's states as the scorer holds them: from the snapshots, then along the log. */
export class FeatureMemory<S extends Cells> {
  readonly entries = new Map<string, Entry<S>>();
  readonly #entity: Entity<S>;
  readonly #log: string;
  readonly #names: Names;
  readonly #partitions = new Map<number, Replica<S>>();
  readonly #starts = new Map<number, number>();

  constructor(entity: Entity<S>, log: string, names: Names) {
    this.#entity = entity;
    this.#log = log;
    this.#names = names;
  }

  /** Takes a record of the snapshots' topic; until `restore`. */
  offer(partition: number, record: Buffer): void {
    this.#of(partition).offer(record);
  }

  /** Unpacks what was offered. */
  async restore(): Promise<void> {
    for (const [partition, replica] of this.#partitions) {
      this.#starts.set(partition, logStart(await replica.restore()));
    }
  }

  /** From where the log is to be followed. */
  start(partition: number): number {
    return this.#starts.get(partition) ?? 0;
  }

  /** Takes a record of the log. */
  apply(
    partition: number,
    record: Buffer,
    touched?: (entry: Entry<S>, delta: DeltaReader, outcome: Lateness | 'duplicate') => void,
  ): DeltaHead {
    return this.#of(partition).apply(record, touched);
  }

  #of(partition: number): Replica<S> {
    let replica = this.#partitions.get(partition);
    if (!replica) {
      replica = new Replica(this.#entity, `${this.#log}/${partition}`, this.#names, this.entries);
      this.#partitions.set(partition, replica);
    }
    return replica;
  }
}
