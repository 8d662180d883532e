import type { LiveItem, LiveUser } from '../../../../models/features/states.ts';
import { tasteOf } from '../../../../models/features/taste.ts';
import { askerOf, featureVector } from '../../../../models/features/vector.ts';
import { isCounted } from '../../../../schemas/topics/consent.ts';
import type { Product, ShopEvent } from '../../../../schemas/topics/events.ts';
import { ItemRebuild, snapshotsOf, UserRebuild } from '../../../../streams/features/backfill/rebuild.ts';
import { Deeds } from '../../../../streams/features/deeds.ts';
import { ITEMS, USERS } from '../../../../streams/features/log/entities.ts';
import { LiveKeys } from '../../../../streams/features/log/keys/live-keys.ts';
import { UserPartition } from '../../../../streams/features/log/user-partition.ts';
import { partitionOf } from '../../../../streams/kafka/sending/partitioner.ts';
import { LiveStates } from '../../../../streams/scorer/memory/live-states.ts';
import { ALL, Kept, LIVE } from '../../../streams/features/kept.ts';
import type { Asked } from './naive-vector.ts';

export const PARTITIONS = 3;
const EACH = Array.from({ length: PARTITIONS }, (_, partition) => partition);
const deeds = new Deeds('');
const LOGS = { users: 'features.user.log', items: 'features.item.log' } as const;
const now = async () => {};

/** Of which offsets the scorer knows: of the partition of events that is the user's own, and by partition of items of each. */
export interface Applied {
  own: number;
  user: number;
  items: Readonly<Record<number, readonly number[]>>;
}

/**
 * The way from events to features: topics, the job that makes logs of them, what of these is kept in snapshots, and a
 * scorer that follows. As in production, but for the broker; each of them may end at any time and begin anew.
 */
export class Jobs {
  readonly events: ShopEvent[][] = EACH.map(() => []);
  readonly #logs = {
    users: EACH.map(() => new Kept<LiveUser>(USERS)),
    items: EACH.map(() => new Kept<LiveItem>(ITEMS)),
  };
  #users = EACH.map(source => this.#opened(source));
  #memory = new LiveStates(PARTITIONS);
  /** Up to where the scorer has read the logs. */
  #read = { users: EACH.map(() => 0), items: EACH.map(() => 0) };

  /** The broker takes an event. */
  send(event: ShopEvent): void {
    this.events[partitionOf(event.user, PARTITIONS)]!.push(event);
  }

  /** A backfill takes in what was imported before the first event came, as far as the archive has it. */
  async takeIn(imported: readonly ShopEvent[]): Promise<void> {
    const items = EACH.map(() => new ItemRebuild(ITEMS, LIVE));
    for (const source of EACH) {
      const users = new UserRebuild({ users: USERS, items: ITEMS }, PARTITIONS, source, LIVE);
      const own = imported.filter(event => isCounted(event) && partitionOf(event.user, PARTITIONS) === source);
      const told = users.takeImported(own.map(event => ({ event, offset: 0, recorded_ms: event.at_ms })));
      for (const delta of told) items[delta.partition]!.takeImported(delta);
      this.#logs.users[source]!.take(snapshotsOf(users.replica, 0, 1));
    }
    for (const partition of EACH) this.#logs.items[partition]!.take(snapshotsOf(items[partition]!.replica, 0, 1));
    this.#users = EACH.map(source => this.#opened(source));
    await this.restart();
  }

  /**
   * The job works through so many events of a partition. It may end when it has written so many records of items: then it
   * begins anew from what is kept.
   *
   * @returns whether it began anew
   */
  work(source: number, most: number, written = Number.POSITIVE_INFINITY): number {
    const { partition } = this.#users[source]!;
    const events = this.events[source]!;
    const next = partition.next!;
    const to = Math.min(events.length, next + most);
    for (let offset = next; offset < to; offset++) {
      const event = events[offset]!;
      const value = Buffer.from(JSON.stringify(event));
      const parsed = deeds.of({ key: event.user, value, offset, timestamp_ms: event.at_ms });
      if (!parsed.ok) throw new Error(`expected a good event, got ${parsed.refusal.detail}`);
      if (parsed.value) partition.take(parsed.value, offset);
    }
    const packed = partition.pack(to, events[next]?.at_ms ?? 0);
    for (const { partition, value } of packed.items.slice(0, written)) this.#logs.items[partition]!.log.push(value);
    if (written <= packed.items.length) {
      this.#users[source] = this.#opened(source);
      return 1;
    }
    this.#logs.users[source]!.log.push(packed.users);
    return 0;
  }

  /** Some buckets of a partition are kept as they are now. */
  snapshot(of: 'users' | 'items', partition: number, from: number): void {
    const buckets = ALL.slice(from);
    if (of === 'users') this.#logs.users[partition]!.snapshot(this.#users[partition]!.replica, buckets);
    else this.#logs.items[partition]!.snapshot(this.#logs.items[partition]!.restored(new LiveKeys(LIVE)), buckets);
  }

  /** The scorer reads so many records of a log. */
  follow(of: 'users' | 'items', partition: number, most: number): void {
    const { log } = this.#logs[of][partition]!;
    const from = this.#read[of][partition]!;
    for (const value of log.slice(from, from + most)) this.#memory.apply(LOGS[of], partition, value);
    this.#read[of][partition] = Math.min(log.length, from + most);
  }

  /** The scorer begins anew: from the snapshots, then along the logs to their ends. @returns how many began anew */
  async restart(): Promise<number> {
    const memory = new LiveStates(PARTITIONS);
    for (const of of ['users', 'items'] as const) {
      for (const partition of EACH) {
        for (const value of this.#logs[of][partition]!.snapshots.values())
          memory[of].replicas.get(partition)!.offer(value);
      }
    }
    await memory.restore(now);
    this.#memory = memory;
    for (const of of ['users', 'items'] as const) {
      for (const partition of EACH) {
        this.#read[of][partition] = memory.start(LOGS[of], partition)!;
        this.follow(of, partition, Number.POSITIVE_INFINITY);
      }
    }
    memory.settle();
    return 1;
  }

  /** All is worked through, written and read. */
  catchUp(): void {
    for (const source of EACH) this.work(source, Number.POSITIVE_INFINITY);
    for (const partition of EACH) {
      this.follow('users', partition, Number.POSITIVE_INFINITY);
      this.follow('items', partition, Number.POSITIVE_INFINITY);
    }
  }

  /** What the scorer's features are made from at this moment. */
  applied(user: string): Applied {
    const { users, items } = this.#memory;
    const own = users.partitionOf(user);
    const told = EACH.map(partition => [partition, items.next(partition)]);
    return { own, user: users.next(own)[own]!, items: Object.fromEntries(told) };
  }

  /** The vectors as the scorer makes them. */
  vectors(asks: readonly Asked[], productOf: (item: string) => Product | undefined): Float32Array[] {
    const { users, items } = this.#memory;
    const { query, ...asked } = asks[0]!;
    const state = users.get(asked.user)?.state;
    const asker = askerOf({ ...asked, query: query || undefined }, state, tasteOf(state, productOf), productOf);
    return asks.map(({ item }) => {
      return featureVector(asker, { item, state: items.get(item)?.state, product: productOf(item) });
    });
  }

  #opened(source: number) {
    const replica = this.#logs.users[source]!.restored(new LiveKeys(LIVE));
    const partition = new UserPartition(USERS, ITEMS, PARTITIONS, source, replica);
    if (partition.next === undefined) partition.begin(0);
    return { partition, replica };
  }
}
