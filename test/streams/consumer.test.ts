import { afterEach, describe, expect, it } from 'vitest';
import { createLog } from '../../schemas/log.ts';
import type { Subscription } from '../../streams/kafka/bus.ts';
import { startConsumer } from '../../streams/kafka/consumer.ts';

type Kafka = Parameters<typeof startConsumer>[0];

let subscription: Subscription | undefined;
afterEach(() => subscription?.stop());

/** A consumer of one partition, whose log has these bounds: what no test can do to a real log, deleting its records, a fake can. */
async function consumerOf(log: { low: number; high: number }, committed?: number) {
  let eachBatch!: (payload: object) => Promise<void>;
  const handled: number[][] = [];
  const seeks: string[] = [];
  const consumer = {
    events: {},
    on: () => {},
    connect: async () => {},
    subscribe: async () => {},
    run: async (options: { eachBatch: typeof eachBatch }) => {
      eachBatch = options.eachBatch;
    },
    seek: ({ offset }: { offset: string }) => seeks.push(offset),
    commitOffsets: async () => {},
    disconnect: async () => {},
  };
  subscription = await startConsumer(
    { consumer: () => consumer } as unknown as Kafka,
    {
      group: 'g',
      topics: ['t'],
      onBatch: async ({ records }) => {
        handled.push(records.map(({ offset }) => offset));
        return records.at(-1)!.offset + 1;
      },
    },
    {
      bounds: async () => new Map([[0, log]]),
      committed: async () => new Map(committed === undefined ? [] : [[0, committed]]),
      log: createLog('test', 'silent'),
    },
  );
  /** A fetch that brings these offsets. */
  const fetch = (...offsets: number[]) =>
    eachBatch({
      batch: {
        topic: 't',
        partition: 0,
        highWatermark: String(log.high),
        messages: offsets.map(offset => ({ offset: String(offset), timestamp: '1', key: null, value: null })),
      },
      resolveOffset: () => {},
      heartbeat: async () => {},
      isRunning: () => true,
      isStale: () => false,
      pause: () => () => {},
    });
  return { fetch, handled, seeks, failed: subscription.failed };
}

describe('a consumer whose next offset is not the first that comes', () => {
  it('goes on over the gaps that compaction leaves', async () => {
    const { fetch, handled } = await consumerOf({ low: 0, high: 100 });
    await fetch(0, 1);
    await fetch(7, 90);
    expect(handled).toEqual([
      [0, 1],
      [7, 90],
    ]);
  });

  it('goes back to where it stood when a rebalance gives it again what it has read', async () => {
    const { fetch, handled, seeks } = await consumerOf({ low: 0, high: 100 });
    await fetch(0, 1, 2);
    await fetch(1, 2, 3);
    expect(handled).toEqual([[0, 1, 2]]);
    expect(seeks).toEqual(['3']);
  });

  it('stops with OFFSET_LOST when records were deleted before it came to them', async () => {
    const log = { low: 0, high: 100 };
    const { fetch, handled, failed } = await consumerOf(log);
    await fetch(0, 1);
    log.low = 50;
    await fetch(50, 51);
    expect(await failed).toMatchObject({ code: 'OFFSET_LOST', message: expect.stringContaining('got 2') });
    expect(handled).toEqual([[0, 1]]);
  });

  it('stops with OFFSET_LOST when its topic was made anew behind it', async () => {
    const log = { low: 0, high: 100 };
    const { fetch, handled, seeks, failed } = await consumerOf(log, 60);
    await fetch(60, 61);
    log.high = 3;
    await fetch(0, 1, 2);
    expect(await failed).toMatchObject({ code: 'OFFSET_LOST', message: expect.stringContaining('got 62') });
    expect([handled, seeks]).toEqual([[[60, 61]], []]);
  });

  it("stops with OFFSET_LOST where kafkajs has put `the earliest` in the place of the group's lost offset", async () => {
    const { fetch, handled, failed } = await consumerOf({ low: 50, high: 100 }, -2);
    await fetch(50, 51);
    expect(await failed).toMatchObject({ code: 'OFFSET_LOST', message: expect.stringContaining('from 50 to 100') });
    expect(handled).toEqual([]);
  });
});
