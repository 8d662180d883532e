import { expect, it } from 'vitest';
import { met, patience } from './cases/workflows/room.ts';

const { signal } = new AbortController();
/** No test comes to its end. */
const FOREVER = { within_ms: 3_600_000, signal };

const room = {
  underway: async () => ['registerRanker'],
  isPast: async (activity: string) => activity === 'evaluateRanker',
  progress: async (): Promise<string | undefined> => 'as before',
};

it('an activity that ended unseen is waited for no longer', async () => {
  expect(await met(room, 'evaluateRanker', FOREVER)).toBe(false);
  expect(await met(room, 'registerRanker', FOREVER)).toBe(true);
});

it('nor is one of a retraining that has failed before it', async () => {
  expect(await met({ ...room, progress: async () => undefined }, 'promoteRanker', FOREVER)).toBe(false);
});

it('one that is late is waited for as long as its retraining gets on, and so long behind that', async () => {
  let now_ms = 0;
  const told = ['1', '2', '3'];
  const clock = () => now_ms;
  const progress = async () => told[Math.min(2, now_ms / 10)];
  const getsOn = patience(progress, 20, clock);
  const waits: boolean[] = [];
  for (; now_ms < 50; now_ms += 10) waits.push(await getsOn());
  expect(waits).toEqual([true, true, true, true, false]);
  const away = patience(async () => Promise.reject(new Error('away')), 20, clock);
  expect(await away()).toBe(true);
  now_ms += 20;
  expect(await away()).toBe(false);
});
