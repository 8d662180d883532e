import { expect } from 'vitest';
import { deedOf } from '../../../models/features/deeds.ts';
import { changeOf } from '../../../models/features/states.ts';
import type { Random } from '../../../models/random.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import type { Entity } from '../../../streams/features/log/entities.ts';
import { LiveKeys } from '../../../streams/features/log/keys/live-keys.ts';
import { Names } from '../../../streams/features/log/keys/names.ts';
import { logStart, Replica } from '../../../streams/features/log/replica.ts';
import { Rotation } from '../../../streams/features/log/rotation.ts';
import { type Packed, UserPartition } from '../../../streams/features/log/user-partition.ts';
import { partitionOf } from '../../../streams/kafka/sending/partitioner.ts';
import { ITEM_TOYS, type Toy, USER_TOYS } from './toy.ts';

export const T0 = 1_700_000_000_000;
export const SOURCES = 2;
export const PARTITIONS = 2;
/** So few that keys leave and return all the time: there are twelve users in a partition. */
const LIVE = 3;

/** A topic's partition. A compacted one may lose what stands before the last record of a key. */
export class Topic {
  records: { offset: number; key: string; value: Buffer }[] = [];
  end = 0;

  append(key: string, value: Buffer): number {
    this.records.push({ offset: this.end, key, value });
    return this.end++;
  }

  compact(): void {
    const last = new Map(this.records.map(({ key, offset }) => [key, offset]));
    this.records = this.records.filter(({ key, offset }) => last.get(key) === offset);
  }
}

export class World {
  readonly events: ShopEvent[][];
  /** What is declared: processes that start from now on know it. */
  entities = { users: USER_TOYS, items: ITEM_TOYS };
  readonly users = topics(SOURCES);
  readonly userSnapshots = topics(SOURCES);
  readonly items = topics(PARTITIONS);
  readonly itemSnapshots = topics(PARTITIONS);

  constructor({ below }: Random, events: number) {
    this.events = Array.from({ length: SOURCES }, (_, source) =>
      Array.from({ length: events }, (_, n) => {
        const again = n > 3 && below(8) === 0 ? n - 1 - below(3) : n; // a shop sends again what it sent just before
        return {
          v: 1 as const,
          id: `${source}/${again}`,
          type: (['click', 'impression', 'purchase'] as const)[below(3)]! as 'purchase',
          at_ms: T0 + 1_000 * n - below(600_000),
          user: `${source}-u${below(12)}`,
          session: 's',
          item: `i${below(9)}`,
          value: below(100),
        };
      }),
    );
  }
}

const topics = (n: number) => Array.from({ length: n }, () => new Topic());

export async function restored(entity: Entity<Toy>, log: Topic, snapshots: Topic) {
  const replica = new Replica(entity, 'test', new Names(), new LiveKeys<Toy>(LIVE));
  for (const { value } of snapshots.records) replica.offer(value);
  const heads = replica.restore();
  const start = logStart(heads);
  for (const { offset, value } of log.records) if (offset >= start) replica.apply(value);
  replica.catchUp();
  return { replica, rotation: new Rotation(replica, heads) };
}

/** A process that has a source partition, or thinks so. Each `step` is one effect; between any two it may stop for long. */
export async function* userWriter(world: World, source: number, { below }: Random): AsyncGenerator<void> {
  const log = world.users[source]!;
  const snapshots = world.userSnapshots[source]!;
  const { users, items } = world.entities;
  const { replica, rotation } = await restored(users, log, snapshots);
  const partition = new UserPartition(users, items, PARTITIONS, source, replica);
  let end = log.end;
  if (partition.next === undefined) partition.begin(0);
  const events = world.events[source]!;
  while (partition.next! < events.length) {
    const to = Math.min(events.length, partition.next! + 1 + below(below(3) === 0 ? 3 : 30));
    for (let offset = partition.next!; offset < to; offset++) partition.take(deedOf(events[offset]!), offset);
    const { items, users } = partition.pack(to, T0);
    rotation.earn(users.length);
    yield;
    for (const { partition, value } of shuffled(items, below)) {
      world.items[partition]!.append(`${source}`, value);
      yield;
    }
    const at = log.append(`${source}`, users);
    if (at !== end) return; // somebody else wrote: whoever has the partition begins anew
    end = at + 1;
    yield;
    while (rotation.isDue) {
      const snapshot = rotation.next(end);
      yield;
      snapshots.append(`${snapshot.bucket}`, snapshot.value);
      rotation.wrote(snapshot);
    }
  }
}

export async function* itemWriter(world: World, partition: number, { below }: Random): AsyncGenerator<void> {
  const log = world.items[partition]!;
  const snapshots = world.itemSnapshots[partition]!;
  const { replica, rotation } = await restored(world.entities.items, log, snapshots);
  let next = log.end;
  for (;;) {
    const to = Math.min(log.end, next + 1 + below(5));
    for (; next < to; next++) {
      const { value } = log.records.find(({ offset }) => offset === next)!;
      if (replica.apply(value).rebuilt !== undefined) return; // as after any failure: restored, where somebody still has it
      rotation.earn(value.length);
    }
    yield;
    while (rotation.isDue) {
      const snapshot = rotation.next(next);
      yield;
      snapshots.append(`${snapshot.bucket}`, snapshot.value);
      rotation.wrote(snapshot);
    }
  }
}

function shuffled(items: Packed['items'], below: (n: number) => number): Packed['items'] {
  return below(2) === 0 ? items : [...items].reverse();
}

/** What the events until `to` make of the users of a source partition, and which of these are no copies. */
export function naive(events: readonly ShopEvent[], to: number) {
  const users = new Map<string, Toy>();
  const accepted: { event: Extract<ShopEvent, { item: string }>; offset: number }[] = [];
  for (const [offset, event] of events.slice(0, to).entries()) {
    if (!('item' in event)) continue;
    let state = users.get(event.user);
    if (!state) {
      state = USER_TOYS.empty();
      users.set(event.user, state);
    }
    if (USER_TOYS.reduce(state, changeOf(event)) !== 'duplicate') accepted.push({ event, offset });
  }
  return { users, accepted };
}

/** Sums come out a little differently in another order of events. */
function rounded(states: Iterable<readonly [string, Toy]>) {
  const sorted = [...states].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([key, { at_ms, cells, ...more }]) => {
    return [key, at_ms, Array.from(cells, cell => Number(cell.toPrecision(10))), more];
  });
}

const statesOf = (replica: Replica<Toy>) => rounded(Array.from(replica.entries(), ({ key, state }) => [key, state]));

export async function expectRight(world: World, when: string): Promise<void> {
  for (const [source, log] of world.users.entries()) {
    const { replica } = await restored(USER_TOYS, log, world.userSnapshots[source]!);
    const { users } = naive(world.events[source]!, replica.positions.of(source) ?? 0);
    expect(statesOf(replica), `${when}: users of ${source}`).toEqual(rounded(users));
  }
  for (const [partition, log] of world.items.entries()) {
    const { replica } = await restored(ITEM_TOYS, log, world.itemSnapshots[partition]!);
    const items = new Map<string, Toy>();
    for (const [source, next] of replica.positions.entries()) {
      for (const { event } of naive(world.events[source]!, next).accepted) {
        if (partitionOf(event.item, PARTITIONS) !== partition) continue;
        const state = items.get(event.item) ?? ITEM_TOYS.empty();
        items.set(event.item, state);
        ITEM_TOYS.reduce(state, changeOf(event));
      }
    }
    expect(statesOf(replica), `${when}: items of ${partition}`).toEqual(rounded(items));
  }
}
