import type { Cells } from '../../../models/features/aggregates/reducer.ts';
import { ByteWriter } from './bytes.ts';
import type { Entity } from './entities.ts';
import type { Positions } from './positions.ts';
import type { Entry, Replica } from './replica.ts';
import { BUCKETS, bucketOf, type SnapshotHead, writeSnapshot } from './snapshot.ts';

/**
 * Writes the buckets of a partition in turns, a byte of snapshots for each byte of the log. So there is no pause, a small
 * shop pays little, and whoever restores the partition reads about as much log as state.
 */
export class Rotation<S extends Cells> {
  readonly #entity: Entity<S>;
  readonly #buckets: Entry<S>[][];
  /** What each bucket's snapshot needs of the log; undefined where it has none. */
  readonly #logs: (number | undefined)[];
  readonly #positions: Positions;
  readonly #out = new ByteWriter();
  #turn = 0;
  #earned = 0;

  constructor(entity: Entity<S>, replica: Replica<S>, heads: readonly SnapshotHead[]) {
    this.#entity = entity;
    this.#positions = replica.positions;
    this.#buckets = Array.from({ length: BUCKETS }, () => []);
    this.#logs = Array.from({ length: BUCKETS }, () => undefined);
    const add = (entry: Entry<S>) => this.#buckets[bucketOf(entry.key)]!.push(entry);
    for (const entry of replica.entries.values()) add(entry);
    replica.born = add;
    for (const { bucket, log } of heads) this.#logs[bucket] = log;
    // The one that holds back the log the most comes first.
    this.#turn = this.#logs.reduce<number>((least, log, b) => ((log ?? -1) < (this.#logs[least] ?? -1) ? b : least), 0);
  }

  /** So many bytes were written to the log. */
  earn(bytes: number): void {
    this.#earned += bytes;
  }

  get isDue(): boolean {
    return this.#earned > 0;
  }

  /** The next bucket as it is now. `log`: from there on the log has what is not in it. */
  next(log: number): { bucket: number; log: number; value: Buffer } {
    const bucket = this.#turn;
    this.#turn = (bucket + 1) % BUCKETS;
    const head = { bucket, log, next: this.#positions.entries() };
    const value = writeSnapshot(this.#out, this.#entity.format, head, this.#buckets[bucket]!);
    this.#earned -= value.length;
    return { bucket, log, value };
  }

  /** The snapshot is in its topic. */
  wrote({ bucket, log }: { bucket: number; log: number }): void {
    this.#logs[bucket] = log;
  }

  /** What lies below this offset of the log no snapshot needs; 0 while a bucket has none. */
  get needless(): number {
    return this.#logs.reduce<number>((least, log) => Math.min(least, log ?? 0), Number.POSITIVE_INFINITY);
  }
}
