import { expect, it } from 'vitest';
import { madeLog, searchedFor } from './made-log.ts';

it('a shop whose people have words of their own finds by them what they mean, and nothing else is found in another way', async () => {
  const { learned, right, known } = await madeLog({ seed: 1, users: 300 });
  expect(right / known).toBeGreaterThan(0.9);
  expect(right).toBe(learned.length);
  const [before, after] = [searchedFor([]), searchedFor(learned)];
  expect(before.theirs).toBeLessThan(0.15);
  expect(after.theirs).toBeGreaterThan(0.85);
  expect(after.own).toBe(before.own);
});
