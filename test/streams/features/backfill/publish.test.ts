import { beforeEach, expect, it } from 'vitest';
import type { BackfillPart } from '../../../../schemas/backfills.ts';
import type { Piece } from '../../../../streams/features/backfill/files.ts';
import { publishRebuilt } from '../../../../streams/features/backfill/publish.ts';
import { ItemRebuild, snapshotsOf } from '../../../../streams/features/backfill/rebuild.ts';
import { bucketsWithout, rebuiltRecord } from '../../../../streams/features/backfill/switch.ts';
import { DeltaReader } from '../../../../streams/features/log/delta.ts';
import { BUCKETS, readSnapshotHead } from '../../../../streams/features/log/snapshot.ts';
import { ITEM_TOPICS } from '../../../../streams/features/restore.ts';
import type { Bus, Outbox } from '../../../../streams/kafka/bus.ts';
import { ITEM_TOYS } from '../toy.ts';
import { Topic } from '../world.ts';

const GENERATION = 2;
/** Of the partition the offset of the log at which the backfill began. */
const BEGAN = 3;
const PART: BackfillPart = {
  run: 'r',
  entity: 'item',
  partition: 0,
  position: { until: [[0, 9]], users: [0], items: [BEGAN], imports: [], generation: GENERATION },
};
const snapshots = (generation: number) =>
  Array.from(snapshotsOf(new ItemRebuild(ITEM_TOYS, 3).replica, BEGAN, generation), ({ bucket, value }) => {
    return { number: bucket, at_ms: 0, value };
  });
const pieces = snapshots(GENERATION);

/** A partition of each topic. A process that dies between two records, which no broker can be asked for, is told by `refused`. */
let topics: Record<string, Topic>;
let low: number;
let refused: ((topic: string) => boolean) | undefined;

const bus = {
  bounds: async (topic: string) =>
    new Map([[0, { low: topic === ITEM_TOPICS.log ? low : 0, high: topics[topic]!.end }]]),
  async follow({ topics: [topic], from, apply }) {
    const start = from?.(topic!, 0) ?? 0;
    if (topic === ITEM_TOPICS.log && start < low) throw new Error(`no offset ${start}`);
    for (const { offset, ...record } of topics[topic!]!.records)
      if (offset >= start) apply(topic!, 0, { ...record, offset, timestamp_ms: 0 });
    return { failed: new Promise(() => {}), stop: async () => {} };
  },
} as Pick<Bus, 'bounds' | 'follow'> as Bus;

const outbox: Outbox = {
  async publish(topic, { key, value }) {
    if (refused?.(topic)) throw new Error('killed');
    topics[topic]!.append(key, value as Buffer);
  },
  stop: async () => {},
};

const publish = (of: readonly Piece[] = pieces) =>
  publishRebuilt({ bus, outbox }, ITEM_TOPICS, PART, of, async () => {});
const told = () => topics[ITEM_TOPICS.log]!.records.flatMap(({ value }) => new DeltaReader(value, false).rebuilt ?? []);
const lacking = () =>
  bucketsWithout(
    GENERATION,
    topics[ITEM_TOPICS.snapshots]!.records.map(({ value }) => readSnapshotHead(value)),
  ).length;

beforeEach(() => {
  topics = { [ITEM_TOPICS.log]: new Topic(), [ITEM_TOPICS.snapshots]: new Topic() };
  for (let n = 0; n <= BEGAN; n++) topics[ITEM_TOPICS.log]!.append('0', rebuiltRecord(0, GENERATION - 1));
  low = 0;
  refused = undefined;
});
const before = Array.from({ length: BEGAN + 1 }, () => GENERATION - 1);

it('publishes all buckets, tells of them once, and has nothing to do then', async () => {
  expect([await publish(), await publish(), await publish()]).toEqual([BUCKETS, 0, 0]);
  expect([lacking(), told()]).toEqual([0, [...before, GENERATION]]);
});

it('tells of buckets that an attempt published which died before it told of them', async () => {
  refused = topic => topic === ITEM_TOPICS.log;
  await expect(publish()).rejects.toThrow('killed');
  expect([lacking(), told()]).toEqual([0, before]);
  refused = undefined;
  expect([await publish(), await publish()]).toEqual([1, 0]);
  expect([lacking(), told()]).toEqual([0, [...before, GENERATION]]);
});

it('publishes what an attempt left that died among the buckets', async () => {
  let left = 100;
  refused = () => --left < 0;
  await expect(publish()).rejects.toThrow('killed');
  refused = undefined;
  expect([await publish(), await publish()]).toEqual([BUCKETS - 100, 0]);
  expect([lacking(), told()]).toEqual([0, [...before, GENERATION]]);
});

it('publishes a bucket again behind one of before, and tells of it again', async () => {
  await publish();
  topics[ITEM_TOPICS.snapshots]!.append('7', snapshots(GENERATION - 1)[7]!.value);
  expect([await publish(), await publish()]).toEqual([1, 0]);
  expect([lacking(), told()]).toEqual([0, [...before, GENERATION, GENERATION]]);
});

it('publishes nothing where the log has lost what snapshots would need, and looks at what is left where they are there', async () => {
  low = BEGAN + 1;
  await expect(publish()).rejects.toMatchObject({ code: 'OFFSET_LOST' });
  expect([lacking(), told()]).toEqual([BUCKETS, before]);
  low = 0;
  await publish();
  low = BEGAN + 1;
  expect(await publish()).toBe(0);
});

it('tells nobody of a partition that it has not whole', async () => {
  await expect(publish([])).rejects.toMatchObject({ code: 'FILE_MISSING' });
  await expect(publish(pieces.slice(1))).rejects.toThrow('none of 1 that lack');
  expect([lacking(), told()]).toEqual([1, before]);
  expect([await publish(), await publish()]).toEqual([1, 0]);
  expect(told()).toEqual([...before, GENERATION]);
});
