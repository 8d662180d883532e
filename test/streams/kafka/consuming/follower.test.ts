import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { FollowOptions } from '../../../../streams/kafka/bus.ts';
import { startFollower } from '../../../../streams/kafka/consuming/follower.ts';

type Kafka = Parameters<typeof startFollower>[0];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Follows records that wait in a log. What kafkajs does with a failure for ever, a fake says at once. */
function following(options: Omit<FollowOptions, 'topics'>, records = 1, beat = async () => {}) {
  const disconnect = vi.fn(async () => {});
  let restarts!: () => Promise<boolean>;
  const consumer = {
    events: { GROUP_JOIN: 'join', CRASH: 'crash' },
    on: (event: string, listener: () => void) => void (event === 'join' && setTimeout(listener, 10)),
    connect: async () => {},
    subscribe: async () => {},
    seek: () => {},
    disconnect,
    async run({ eachBatch }: { eachBatch: (payload: object) => Promise<void> }) {
      const message = { timestamp: '1', key: null, value: Buffer.from('x') };
      const messages = Array.from({ length: records }, (_, offset) => ({ ...message, offset: `${offset}` }));
      const payload = { batch: { topic: 't', partition: 0, messages } };
      const ways = { resolveOffset: () => {}, heartbeat: beat };
      setTimeout(() => void eachBatch({ ...payload, ...ways }).catch(() => {}), 2_500);
    },
  };
  const kafka = {
    consumer({ retry }: { retry: { restartOnFailure: typeof restarts } }) {
      restarts = retry.restartOnFailure;
      return consumer;
    },
  } as unknown as Kafka;
  const bounds = async () => new Map([[0, { low: 0, high: records }]]);
  const started = startFollower(kafka, 'test', { topics: ['t'], ...options }, bounds);
  return { started, disconnect, restarts: () => restarts() };
}

it.each([true, false])('a record that fails before the end is reached stops it for good (once: %s)', async once => {
  const heartbeat = vi.fn(async () => {});
  const { started, disconnect, restarts } = following({ once, heartbeat, apply: () => JSON.parse('{') });
  const failing = expect(started).rejects.toBeInstanceOf(SyntaxError);
  await vi.advanceTimersByTimeAsync(3_000);
  await failing;
  expect([disconnect.mock.calls.length, await restarts()]).toEqual([1, false]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(heartbeat).toHaveBeenCalledTimes(2);
});

it('is stopped at the end, where it is read once; otherwise it goes on, and starts again where it has to', async () => {
  const ended = async (once: boolean) => {
    const heartbeat = vi.fn(async () => {});
    const { started, disconnect, restarts } = following({ once, heartbeat, apply: () => {} });
    await vi.advanceTimersByTimeAsync(10_000);
    await started;
    return { stops: disconnect.mock.calls.length, restarts: await restarts(), beats: heartbeat.mock.calls.length };
  };
  expect(await ended(true)).toEqual({ stops: 1, restarts: false, beats: 2 });
  expect(await ended(false)).toEqual({ stops: 0, restarts: true, beats: 2 });
});

it('tells who wants to rest behind a millisecond of work or more how long it was', async () => {
  const worked_ms: number[] = [];
  const rest = async (ms: number) => void worked_ms.push(ms);
  const { started } = following({ once: true, rest, apply: () => void vi.advanceTimersByTime(4) }, 5);
  await vi.advanceTimersByTimeAsync(10_000);
  await started;
  expect(worked_ms).toEqual([4, 4, 4, 4, 4]);
});

it('rests also behind a batch of one record, and where a rest fails goes on no more', async () => {
  const cancelled = new Error('cancelled');
  const { started, disconnect } = following({ once: true, rest: () => Promise.reject(cancelled), apply: () => {} });
  const failing = expect(started).rejects.toBe(cancelled);
  await vi.advanceTimersByTimeAsync(3_000);
  await failing;
  expect(disconnect).toHaveBeenCalledTimes(1);
});

it('tells the group behind each rest that it lives', async () => {
  const beat = vi.fn(async () => {});
  const apply = () => void vi.advanceTimersByTime(4);
  const { started } = following({ once: true, rest: async () => {}, apply }, 5, beat);
  await vi.advanceTimersByTimeAsync(10_000);
  await started;
  expect(beat).toHaveBeenCalledTimes(5); // behind four rests within the batch, and behind the batch
});

it('has come to the end also where its group has forgotten it meanwhile, for no batch would come any more', async () => {
  const beat = vi.fn(() => Promise.reject(new Error('the group is rebalancing')));
  const { started, disconnect } = following({ once: true, apply: () => {} }, 1, beat);
  await vi.advanceTimersByTimeAsync(10_000);
  await started;
  expect([beat.mock.calls.length, disconnect.mock.calls.length]).toEqual([1, 1]);
});
