import { describe, expect, it } from 'vitest';
import { type Random, random } from '../../../../models/random.ts';
import { positionOf } from '../../../../streams/features/backfill/position.ts';
import {
  type ItemDeltas,
  ItemRebuild,
  snapshotsOf,
  UserRebuild,
} from '../../../../streams/features/backfill/rebuild.ts';
import { bucketsWithout, rebuiltRecord } from '../../../../streams/features/backfill/switch.ts';
import { DeltaReader } from '../../../../streams/features/log/delta.ts';
import { LiveKeys } from '../../../../streams/features/log/keys/live-keys.ts';
import { Names } from '../../../../streams/features/log/keys/names.ts';
import { Replica } from '../../../../streams/features/log/replica.ts';
import { BUCKETS, readSnapshotHead, type SnapshotHead } from '../../../../streams/features/log/snapshot.ts';
import { EARLIER_ITEM_TOYS, EARLIER_USER_TOYS, ITEM_TOYS, type Toy, USER_TOYS } from '../toy.ts';
import { expectRight, itemWriter, PARTITIONS, restored, SOURCES, T0, type Topic, userWriter, World } from '../world.ts';

const LIVE = 3;
const GENERATION = 1;
const SECOND_MS = 1_000;

interface Rebuilt {
  log: Topic;
  topic: Topic;
  buckets: { bucket: number; value: Buffer }[];
  partition: number;
}

/** What the archive makes of all states, while others write on; each `step` reads a stretch. */
function* rebuild(world: World, least: ReadonlyMap<number, number>, { below }: Random): Generator<void, Rebuilt[]> {
  let position: ReturnType<typeof positionOf>;
  while (!position) {
    const items = world.itemSnapshots.map(topic => ({ heads: headsOf(topic) }));
    yield;
    const users = world.users.map((log, source) => {
      const last = log.records.slice(-8).map(({ value }) => new DeltaReader(value, true));
      return { heads: headsOf(world.userSnapshots[source]!), last };
    });
    position = positionOf(users, items, least);
  }
  const { until, generation } = position;
  const entities = { users: USER_TOYS, items: ITEM_TOYS };
  const deltas: ItemDeltas[] = [];
  const rebuilt: Rebuilt[] = [];
  for (const [source, next] of until) {
    const users = new UserRebuild(entities, PARTITIONS, source, LIVE);
    for (let from = 0; from < next; ) {
      const to = Math.min(next, from + 1 + below(200));
      const events = world.events[source]!.slice(from, to).map((event, n) => {
        return { event, offset: from + n, recorded_ms: T0 + SECOND_MS * (from + n) };
      });
      deltas.push(...users.take(events, to));
      from = to;
      yield;
    }
    const buckets = [...snapshotsOf(users.replica, position.users[source]!, generation)];
    rebuilt.push({ log: world.users[source]!, topic: world.userSnapshots[source]!, buckets, partition: source });
  }
  deltas.sort((a, b) => a.since_ms - b.since_ms);
  for (const [partition, log] of world.items.entries()) {
    const here = deltas.filter(each => each.partition === partition);
    const items = new ItemRebuild(ITEM_TOYS, LIVE);
    for (const each of here) items.take(each);
    items.end(until);
    const buckets = [...snapshotsOf(items.replica, position.items[partition]!, generation)];
    rebuilt.push({ log, topic: world.itemSnapshots[partition]!, buckets, partition });
    yield;
  }
  return rebuilt;
}

/** How much of each source partition is told by any record. */
function toldIn(logs: readonly Topic[]): Map<number, number> {
  const told = new Map<number, number>();
  for (const { value } of logs.flatMap(({ records }) => records)) {
    const { source, to } = new DeltaReader(value, false);
    told.set(source, Math.max(to, told.get(source) ?? 0));
  }
  return told;
}

/** Of each bucket the newest, as a reader takes them. */
function headsOf({ records }: Topic): SnapshotHead[] {
  const replica = new Replica(USER_TOYS, 'test', new Names(), new LiveKeys<Toy>(LIVE));
  for (const { value } of records) replica.offer(value);
  return replica.offered;
}

/** Writes what is not there, a snapshot at each step, and the record behind them. @returns how much that was */
function* publish({ log, topic, buckets, partition }: Rebuilt): Generator<void, number> {
  const lacking = new Set(
    bucketsWithout(
      GENERATION,
      topic.records.map(({ value }) => readSnapshotHead(value)),
    ),
  );
  for (const { bucket, value } of buckets) {
    if (!lacking.has(bucket)) continue;
    topic.append(`${bucket}`, value);
    yield;
  }
  const isTold = log.records.some(({ value }) => new DeltaReader(value, true).rebuilt === GENERATION);
  if (lacking.size === 0 && isTold) return 0;
  log.append(`${partition}`, rebuiltRecord(partition, GENERATION));
  return Math.max(1, lacking.size);
}

describe('a backfill', () => {
  it.each(Array.from({ length: 6 }, (_, seed) => seed))(
    'makes what is declared late as if it had always been, while processes crash, take over, and write on (seed %i)',
    async seed => {
      const draws = random(seed, 5);
      const { below } = draws;
      const world = new World(draws, 1_500);
      let writers: AsyncGenerator<void>[] = [];
      const others = async (steps: number) => {
        for (let step = 0; step < steps; step++) {
          if (writers.length < 5 || below(10) === 0) {
            const partition = below(2);
            writers.push(below(2) === 0 ? userWriter(world, partition, draws) : itemWriter(world, partition, draws));
          }
          const n = below(10) === 0 ? below(writers.length) : writers.length - 1 - below(Math.min(4, writers.length));
          for (let burst = 1 + below(30); burst > 0; burst--) await writers[n]!.next();
          if (below(100) === 0)
            for (const snapshots of [...world.userSnapshots, ...world.itemSnapshots]) snapshots.compact();
        }
      };
      world.entities = { users: EARLIER_USER_TOYS, items: EARLIER_ITEM_TOYS };
      await others(150);
      await expect(expectRight(world, 'before')).rejects.toThrow();
      world.entities = { users: USER_TOYS, items: ITEM_TOYS };
      const least = toldIn([...world.users, ...world.items]);
      writers = []; // all are of today's declarations from here on
      await others(40);

      let work = rebuild(world, least, draws);
      for (let n = below(20); n > 0; n--) work.next(); // a worker that is killed
      await others(20);
      work = rebuild(world, least, draws);
      let done = work.next();
      for (; !done.done; done = work.next()) await others(below(2));
      const rebuilt = done.value;

      const switched = publish(rebuilt[0]!); // another that is killed, in the middle of the step
      for (let n = below(BUCKETS + 1); n > 0; n--) switched.next();
      await others(20);
      let rounds = 0;
      for (let written = 1; written > 0; rounds++) {
        written = 0;
        for (const each of rebuilt) {
          const steps = publish(each);
          let step = steps.next();
          for (; !step.done; step = steps.next()) if (below(100) === 0) await others(1);
          written += step.value;
        }
        if (written > 0 && rounds < 3) await others(20);
      }
      await expectRight(world, `seed ${seed}, switched`);
      for (const snapshots of [...world.userSnapshots, ...world.itemSnapshots]) snapshots.compact();
      await expectRight(world, `seed ${seed}, compacted`);
      // Nobody is left who restored before the switch: the partitions live on as they were rebuilt.
      writers = [];
      await others(400);
      await expectRight(world, `seed ${seed}, end`);
      for (const source of Array.from({ length: SOURCES }, (_, source) => source)) {
        const { replica } = await restored(USER_TOYS, world.users[source]!, world.userSnapshots[source]!);
        expect(replica.positions.of(source)).toBeGreaterThan(300);
      }
    },
  );
});
