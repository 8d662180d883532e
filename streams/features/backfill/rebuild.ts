/**
 * States as if everything that is declared today had always been declared: made from archived events by what the job
 * itself makes them with, up to an offset of each source partition. As snapshots of a new generation they say how far they
 * go, and the log behind them makes the rest; so nothing is merged, fenced, or counted twice.
 */
import type { Cells } from '../../../models/features/aggregates/reducer.ts';
import { deedOf } from '../../../models/features/deeds.ts';
import type { Position } from '../../../schemas/backfills.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { DeltaReader } from '../log/delta.ts';
import type { Entity } from '../log/entities.ts';
import { LiveKeys } from '../log/keys/live-keys.ts';
import { Names } from '../log/keys/names.ts';
import { Replica } from '../log/replica.ts';
import { BUCKETS } from '../log/snapshot.ts';
import { type Packed, UserPartition } from '../log/user-partition.ts';

/** An event that was taken in, and where its record stands in the source partition. */
export interface Archived {
  event: ShopEvent;
  offset: number;
  /** The broker's time. */
  recorded_ms: number;
}

/** What a stretch of a source partition does to the items of a partition: a record as in their log. */
export interface ItemDeltas {
  partition: number;
  since_ms: number;
  value: Buffer;
}

/** The users of a source partition, and what their events do to items. */
export class UserRebuild<S extends Cells> {
  readonly replica: Replica<S>;
  readonly #users: UserPartition<S>;

  /** @param live how many keys may be unpacked at a time */
  constructor(entities: { users: Entity<S>; items: Entity<Cells> }, partitions: number, source: number, live: number) {
    this.replica = new Replica(
      entities.users,
      `archived events of partition ${source}`,
      new Names(),
      new LiveKeys(live),
    );
    this.#users = new UserPartition(entities.users, entities.items, partitions, source, this.replica);
    this.#users.begin(0);
  }

  /** Takes events that have no place in the partition: they come before all that has one. */
  takeImported(events: Iterable<Archived>): ItemDeltas[] {
    return this.take(
      Array.from(events, ({ event, recorded_ms }) => ({ event, recorded_ms, offset: 0 })),
      0,
    );
  }

  /** Takes the events of a stretch, in the order of their offsets, of which `to` is the next one. */
  take(events: Iterable<Archived>, to: number): ItemDeltas[] {
    let since_ms: number | undefined;
    for (const { event, offset, recorded_ms } of events) {
      since_ms ??= recorded_ms;
      this.#users.take(deedOf(event), offset);
    }
    const packed: Packed = this.#users.pack(to, since_ms ?? 0);
    return packed.items.map(item => ({ ...item, since_ms: since_ms! }));
  }
}

/** The items of a partition. */
export class ItemRebuild<S extends Cells> {
  readonly replica: Replica<S>;
  readonly #entity: Entity<S>;

  /** @param live how many keys may be unpacked at a time */
  constructor(entity: Entity<S>, live: number) {
    this.#entity = entity;
    this.replica = new Replica(entity, 'archived events', new Names(), new LiveKeys<S>(live));
  }

  /** Takes what events of a source partition do, those of each partition in their order. */
  take({ value }: Pick<ItemDeltas, 'value'>): void {
    this.replica.apply(value);
  }

  /** Takes what imported events do, by no position: it is told once. */
  takeImported({ value }: Pick<ItemDeltas, 'value'>): void {
    const delta = new DeltaReader(value, false);
    while (delta.next()) this.#entity.reduce(this.replica.entryOf(delta.key).state, delta);
  }

  /** All has been taken of what source partitions have below these offsets: of late it may have been for other items. */
  end(until: Position['until']): void {
    for (const [source, next] of until) {
      this.replica.positions.take({ source, from: next, to: next, since_ms: 0, opening: true }, 'archived events');
    }
  }
}

/**
 * All that was rebuilt, as snapshots.
 *
 * @param log from this offset of the log on there is what was not rebuilt; it may lie before that, at the cost of reading
 */
export function* snapshotsOf<S extends Cells>(
  replica: Replica<S>,
  log: number,
  generation: number,
): Generator<{ bucket: number; value: Buffer }> {
  for (let bucket = 0; bucket < BUCKETS; bucket++) yield { bucket, value: replica.snapshot(bucket, log, generation) };
}
