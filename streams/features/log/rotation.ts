import type { Cells } from '../../../models/features/aggregates/reducer.ts';
import type { Replica } from './replica.ts';
import { BUCKETS, type SnapshotHead } from './snapshot.ts';

/** Bytes of snapshots for each byte of the log. The less, the less a job writes, and the more a restore reads: docs/design.md. */
export const SNAPSHOTS_PER_LOG = 0.9;

/**
 * Writes the buckets of a partition in turns, by what has come to the log. So there is no pause, a small shop pays little,
 * and whoever restores the partition reads about as much log as state.
 */
export class Rotation<S extends Cells> {
  readonly #replica: Replica<S>;
  /** What each bucket's snapshot needs of the log; undefined where it has none. */
  readonly #logs: (number | undefined)[];
  #turn = 0;
  #earned = 0;

  constructor(replica: Replica<S>, heads: readonly SnapshotHead[]) {
    this.#replica = replica;
    this.#logs = Array.from({ length: BUCKETS }, () => undefined);
    for (const { bucket, log } of heads) this.#logs[bucket] = log;
    // The one that holds back the log the most comes first.
    this.#turn = this.#logs.reduce<number>((least, log, b) => ((log ?? -1) < (this.#logs[least] ?? -1) ? b : least), 0);
  }

  /** So many bytes were written to the log. */
  earn(bytes: number): void {
    this.#earned += bytes * SNAPSHOTS_PER_LOG;
  }

  get isDue(): boolean {
    return this.#earned > 0;
  }

  /** The next bucket as it is now. `log`: from there on the log has what is not in it. */
  next(log: number): { bucket: number; log: number; value: Buffer } {
    const bucket = this.#turn;
    this.#turn = (bucket + 1) % BUCKETS;
    const value = this.#replica.snapshot(bucket, log);
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
