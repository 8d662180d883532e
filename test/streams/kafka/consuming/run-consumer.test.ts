import type { Consumer } from 'kafkajs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runConsumer } from '../../../../streams/kafka/consuming/run-consumer.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A consumer of kafkajs that can be made to crash. */
async function crashing() {
  let crash!: (event: { payload: { error: Error; restart: boolean } }) => void;
  const runs: number[] = [];
  const failures: Error[] = [];
  const consumer = {
    events: { CRASH: 'crash' },
    on: (_event: string, listener: typeof crash) => {
      crash = listener;
    },
    run: async () => void runs.push(1),
  } as unknown as Consumer;
  const { stop } = await runConsumer(consumer, {}, ['t'], error => void failures.push(error));
  const crashBy = async (error: Error, restart: boolean) => {
    crash({ payload: { error, restart } });
    await vi.advanceTimersByTimeAsync(5_000);
  };
  return { crashBy, runs, failures, stop };
}

const disconnected = () => new Error('Broker not connected');

it('runs again where a connection was lost between two steps, also as the cause of another error', async () => {
  const { crashBy, runs, failures } = await crashing();
  await crashBy(disconnected(), false);
  await crashBy(new Error('gave up', { cause: disconnected() }), false);
  expect([runs.length, failures]).toEqual([3, []]);
});

it('leaves it to kafkajs where that starts it again', async () => {
  const { crashBy, runs, failures } = await crashing();
  await crashBy(disconnected(), true);
  expect([runs.length, failures]).toEqual([1, []]);
});

it('fails at anything else, and says so of a topic that is gone', async () => {
  const { crashBy, runs, failures } = await crashing();
  await crashBy(new RangeError('a bug'), false);
  await crashBy(Object.assign(new Error('no such topic'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' }), true);
  expect(runs).toHaveLength(1);
  expect(failures).toMatchObject([{ message: 'a bug' }, { code: 'TOPIC_MISSING' }]);
});

it('does not run again once it was stopped', async () => {
  const { crashBy, runs, stop } = await crashing();
  stop();
  await crashBy(disconnected(), false);
  expect(runs).toHaveLength(1);
});
