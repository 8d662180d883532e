import type { Cells } from '../../../models/features/aggregates/reducer.ts';
import type { Entity } from '../../../streams/features/log/entities.ts';
import { LiveKeys } from '../../../streams/features/log/keys/live-keys.ts';
import { Names } from '../../../streams/features/log/keys/names.ts';
import { logStart, Replica } from '../../../streams/features/log/replica.ts';
import { BUCKETS } from '../../../streams/features/log/snapshot.ts';

/** So few that keys leave and return all the time. */
export const LIVE = 2;
export const ALL: readonly number[] = Array.from({ length: BUCKETS }, (_, bucket) => bucket);

/** What is left of a partition where its process ends: the log, and the last snapshot of each bucket. */
export class Kept<S extends Cells> {
  readonly log: Buffer[] = [];
  readonly snapshots = new Map<number, Buffer>();
  readonly live = new LiveKeys<S>(LIVE);
  readonly #entity: Entity<S>;

  constructor(entity: Entity<S>) {
    this.#entity = entity;
  }

  restored(live = this.live): Replica<S> {
    const replica = new Replica(this.#entity, 'test', new Names(), live);
    for (const value of this.snapshots.values()) replica.offer(value);
    const heads = replica.restore();
    for (const value of this.log.slice(logStart(heads))) replica.apply(value);
    replica.catchUp();
    return replica;
  }

  take(snapshots: Iterable<{ bucket: number; value: Buffer }>): void {
    for (const { bucket, value } of snapshots) this.snapshots.set(bucket, value);
  }

  snapshot(replica: Replica<S>, buckets: Iterable<number>): void {
    for (const bucket of buckets) this.snapshots.set(bucket, replica.snapshot(bucket, this.log.length));
  }
}
