import { KafkaJSNonRetriableError } from 'kafkajs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TemperError } from '../../../../schemas/errors.ts';
import { createLog } from '../../../../schemas/log.ts';
import type { ConsumeOptions, Subscription } from '../../../../streams/kafka/bus.ts';
import { startConsumer } from '../../../../streams/kafka/consuming/consumer.ts';
import { type KnownLogs, nextLog, noteOf, readNote, sameLogs, shiftOf } from '../../../../streams/kafka/topics/logs.ts';

type Kafka = Parameters<typeof startConsumer>[0];

let subscription: Subscription | undefined;
afterEach(() => subscription?.stop());

/** A consumer of one partition, whose log has these bounds: what no test can do to a real log, deleting its records, a fake can. */
async function consumerOf(
  log: { low: number; high: number; id?: string | null },
  committed?: number,
  known: KnownLogs = {},
  more: { onBatch?: ConsumeOptions['onBatch']; seek?: () => void; isStale?: () => boolean } = {},
) {
  let eachBatch!: (payload: object) => Promise<void>;
  const handled: number[][] = [];
  const seeks: string[] = [];
  const commits: { offset: string; metadata: string }[] = [];
  const consumer = {
    events: {},
    on: () => {},
    connect: async () => {},
    subscribe: async () => {},
    run: async (options: { eachBatch: typeof eachBatch }) => {
      eachBatch = options.eachBatch;
    },
    seek: ({ offset }: { offset: string }) => {
      more.seek?.();
      seeks.push(offset);
    },
    commitOffsets: async (all: typeof commits) => commits.push(...all),
    disconnect: async () => {},
  };
  subscription = await startConsumer(
    { consumer: () => consumer } as unknown as Kafka,
    {
      group: 'g',
      topics: ['t'],
      onBatch: async batch => {
        const { records } = batch;
        handled.push(records.map(({ offset }) => offset));
        return more.onBatch ? more.onBatch(batch) : records.at(-1)!.offset + 1;
      },
    },
    {
      bounds: async () => new Map([[0, log]]),
      committed: async () => new Map(committed === undefined ? [] : [[0, committed]]),
      logsOf: async () => known,
      topicIds: async () => (log.id === undefined ? undefined : new Map([['t', log.id]])),
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
      isStale: more.isStale ?? (() => false),
      pause: () => () => {},
    });
  const stop = subscription.stop;
  return { fetch, handled, seeks, commits, stop, failed: subscription.failed };
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

  it('stops with OFFSET_LOST where its topic was made anew while it was away', async () => {
    const { failed } = await consumerOf({ low: 0, high: 100, id: 'b' }, 60, { t: { id: 'a', generation: 0 } });
    expect(await failed).toMatchObject({ code: 'OFFSET_LOST', message: expect.stringContaining('another one') });
  });

  it('stops with OFFSET_LOST where its topic is made anew while it reads, and grows beyond where it stands', async () => {
    vi.useFakeTimers();
    try {
      const log = { low: 0, high: 100, id: 'a' };
      const { fetch, failed } = await consumerOf(log, 60);
      await fetch(60, 61);
      log.id = 'b';
      await vi.advanceTimersByTimeAsync(30_000);
      expect(await failed).toMatchObject({ code: 'OFFSET_LOST', message: expect.stringContaining('another one') });
    } finally {
      vi.useRealTimers();
    }
  });

  it('stops with TOPIC_MISSING where its topic is gone, and stays so', async () => {
    vi.useFakeTimers();
    try {
      const log: { low: number; high: number; id?: string | null } = { low: 0, high: 100, id: 'a' };
      const { fetch, failed } = await consumerOf(log, 60);
      await fetch(60, 61);
      let failure: Error | undefined;
      void failed.then(error => {
        failure = error;
      });
      log.id = null;
      await vi.advanceTimersByTimeAsync(11_000);
      expect(failure).toBeUndefined();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(failure).toMatchObject({ code: 'TOPIC_MISSING', message: expect.stringContaining('at t') });
    } finally {
      vi.useRealTimers();
    }
  });

  it('tells the job offsets in a range of their own where the log is a later one, and commits its own', async () => {
    const known = nextLog({ t: { id: 'a', generation: 0 } }, 't', 'b', 1);
    const { fetch, handled, commits, stop } = await consumerOf({ low: 0, high: 9, id: 'b' }, 0, known);
    await fetch(0, 1, 2);
    await stop();
    const shift = shiftOf(known, 't');
    expect(handled).toEqual([[shift, shift + 1, shift + 2]]);
    expect(commits).toContainEqual({ topic: 't', partition: 0, offset: '3' });
  });
});

describe('a batch whose effects could not be written', () => {
  const sent = () => {
    const fails: ((error: Error) => void)[] = [];
    const onBatch: ConsumeOptions['onBatch'] = async ({ records }) => ({
      next: records.at(-1)!.offset + 1,
      written: new Promise((_, reject) => fails.push(reject)),
    });
    return { onBatch, fail: (error: Error) => fails.shift()!(error) };
  };
  const unreachable = () => new TemperError('UNREACHABLE', { where: 'the broker' });

  it('is read again from where all was written', async () => {
    const { onBatch, fail } = sent();
    const { fetch, seeks } = await consumerOf({ low: 0, high: 100 }, 10, {}, { onBatch });
    await fetch(10, 11);
    fail(unreachable());
    await vi.waitFor(() => expect(seeks).toEqual(['10']));
  });

  it('is read again also where kafkajs is between two runs, and refuses to go back', async () => {
    const { onBatch, fail } = sent();
    const seek = vi.fn(() => {
      throw new KafkaJSNonRetriableError('Consumer group was not initialized, consumer#run must be called first');
    });
    const { fetch, handled, failed, stop } = await consumerOf({ low: 0, high: 100 }, 10, {}, { onBatch, seek });
    await fetch(10, 11);
    fail(unreachable());
    await vi.waitFor(() => expect(seek).toHaveBeenCalledOnce());
    await fetch(10, 11); // as kafkajs does once it has joined anew
    expect(handled).toEqual([
      [10, 11],
      [10, 11],
    ]);
    fail(unreachable());
    await stop(); // waits for what is in work
    expect(await Promise.race([failed, 'goes on'])).toBe('goes on');
  });

  it('is read again, and no bug, where the partition may be gone by the time that it would be written', async () => {
    let stale = false;
    let write!: () => void;
    const free = new Promise<void>(resolve => {
      write = resolve;
    });
    const onBatch: ConsumeOptions['onBatch'] = async ({ records, confirm }) => ({
      next: records.at(-1)!.offset + 1,
      written: free.then(confirm),
    });
    const more = { onBatch, isStale: () => stale };
    const { fetch, seeks, failed, stop } = await consumerOf({ low: 0, high: 100 }, 10, {}, more);
    await fetch(10, 11);
    stale = true;
    write();
    await vi.waitFor(() => expect(seeks).toEqual(['10']));
    await stop();
    expect(await Promise.race([failed, 'goes on'])).toBe('goes on');
  });

  it('ends the consumer where what goes wrong on the way back is a bug', async () => {
    const { onBatch, fail } = sent();
    const seek = () => {
      throw new RangeError('a bug');
    };
    const { fetch, failed } = await consumerOf({ low: 0, high: 100 }, 10, {}, { onBatch, seek });
    await fetch(10, 11);
    fail(unreachable());
    expect(await failed).toEqual(new RangeError('a bug'));
  });
});

describe('the note of the logs that a group reads', () => {
  const known = { t: { id: 'a', generation: 0 } };

  it('comes back, and is nothing where another tool has written', () => {
    expect(readNote(noteOf(known).metadata)).toEqual(known);
    for (const metadata of [null, undefined, '', 'x', '{"t":{}}', '[1]']) expect(readNote(metadata)).toEqual({});
  });

  it('counts the logs under a name', () => {
    const next = nextLog(known, 't', 'b', 1);
    expect(next).toEqual({ t: { id: 'b', generation: 1 } });
    expect(nextLog({}, 't', undefined, 1)).toEqual({ t: { id: '', generation: 1 } });
    expect(
      sameLogs(
        {},
        new Map([
          ['t', 'a'],
          ['u', null],
        ]),
        'g',
      ),
    ).toEqual(known);
    expect(sameLogs({ t: { id: '', generation: 3 } }, new Map([['t', 'a']]), 'g')).toEqual({
      t: { id: 'a', generation: 3 },
    });
    expect(() => sameLogs(next, new Map([['t', 'a']]), 'g')).toThrow(/OFFSET_LOST/);
    expect(sameLogs(next, undefined, 'g')).toEqual(next);
    expect([shiftOf({}, 't'), shiftOf(known, 't'), shiftOf(next, 't')]).toEqual([0, 0, 2 ** 36]);
  });
});
