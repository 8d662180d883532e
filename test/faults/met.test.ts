import { expect, it } from 'vitest';
import { met } from './cases/workflows/room.ts';

const { signal } = new AbortController();

it('an activity that ended unseen is waited for no longer', async () => {
  const room = {
    underway: async () => ['registerRanker'],
    isPast: async (activity: string) => activity === 'evaluateRanker',
  };
  const began_ms = performance.now();
  expect(await met(room, 'evaluateRanker', { within_ms: 60_000, signal })).toBe(false);
  expect(performance.now() - began_ms).toBeLessThan(10_000);
  expect(await met(room, 'registerRanker', { within_ms: 60_000, signal })).toBe(true);
  expect(await met(room, 'promoteRanker', { within_ms: 50, signal })).toBe(false);
});
