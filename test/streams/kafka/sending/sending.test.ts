import { afterEach, beforeEach, expect, it } from 'vitest';
import { TemperError } from '../../../../schemas/errors.ts';
import { createLog } from '../../../../schemas/log.ts';
import type { Subscription } from '../../../../streams/kafka/bus.ts';
import { startConsumer } from '../../../../streams/kafka/consuming/consumer.ts';

type Kafka = Parameters<typeof startConsumer>[0];

let subscription: Subscription | undefined;
let eachBatch: (payload: object) => Promise<void>;
/** By the first offset of a batch: how what it sent ends. */
let sent: Map<number, { write(): void; fail(error: Error): void }>;
let seeks: string[];
let commits: string[];
let paused: number;

const consumer = {
  events: {},
  on: () => {},
  connect: async () => {},
  subscribe: async () => {},
  run: async (options: { eachBatch: typeof eachBatch }) => {
    eachBatch = options.eachBatch;
  },
  seek: ({ offset }: { offset: string }) => seeks.push(offset),
  commitOffsets: async (all: { offset: string; topic: string }[]) =>
    commits.push(...all.flatMap(({ topic, offset }) => (topic === 't' ? [offset] : []))),
  disconnect: async () => {},
};

/** A consumer whose batches are done at once, and written when a test says so. */
beforeEach(async () => {
  [sent, seeks, commits, paused] = [new Map(), [], [], 0];
  subscription = await startConsumer(
    { consumer: () => consumer } as unknown as Kafka,
    {
      group: 'g',
      topics: ['t'],
      onBatch: async ({ records }) => {
        const written = new Promise<void>((write, fail) => sent.set(records[0]!.offset, { write, fail }));
        return { next: records.at(-1)!.offset + 1, written };
      },
    },
    {
      bounds: async () => new Map([[0, { low: 0, high: 1_000 }]]),
      committed: async () => new Map([[0, 10]]),
      logsOf: async () => ({}),
      topicIds: async () => undefined,
      log: createLog('test', 'silent'),
    },
  );
});
afterEach(async () => {
  for (const { write } of sent.values()) write();
  await subscription?.stop();
});

const fetch = (first: number, count = 1) =>
  eachBatch({
    batch: {
      topic: 't',
      partition: 0,
      highWatermark: '1000',
      messages: Array.from({ length: count }, (_, n) => {
        return { offset: String(first + n), timestamp: '1', key: null, value: null };
      }),
    },
    resolveOffset: () => {},
    heartbeat: async () => {},
    isRunning: () => true,
    isStale: () => false,
    pause: () => {
      paused++;
      return () => {};
    },
  });

it('a batch is done while what the one before has sent is on its way; what is written is committed in order', async () => {
  await fetch(10, 2);
  await fetch(12);
  await fetch(13);
  expect([...sent.keys()]).toEqual([10, 12, 13]);
  sent.get(12)!.write();
  const stopped = subscription!.stop();
  await new Promise(setImmediate);
  expect(commits).toEqual([]); // what lies before it is not written yet, and stopping waits for all
  sent.get(10)!.write();
  sent.get(13)!.write();
  await stopped;
  expect(commits).toEqual(['14']);
});

it('where something can not be written, the partition is read again from there', async () => {
  await fetch(10);
  await fetch(11);
  await fetch(12);
  sent.get(10)!.write();
  sent.get(11)!.fail(new TemperError('UNREACHABLE', { where: 'out' }));
  sent.get(12)!.write();
  await new Promise(setImmediate);
  expect([seeks, paused]).toEqual([['11'], 1]);
  await fetch(11); // kafkajs does as it was told; the group stands at 10, and nothing that it did not commit counts
  expect(seeks).toEqual(['11', '10']);
});

it('stops where that can not pass', async () => {
  await fetch(10);
  sent.get(10)!.fail(new Error('a bug'));
  expect((await subscription!.failed).message).toBe('a bug');
  expect(seeks).toEqual([]);
});

it('who has many records on their way waits for them', async () => {
  await fetch(10, 100);
  const second = fetch(110);
  await new Promise(setImmediate);
  expect([...sent.keys()]).toEqual([10]);
  sent.get(10)!.write();
  await second;
  expect([...sent.keys()]).toEqual([10, 110]);
});
