import { expect, it } from 'vitest';
import { Held } from '../../../bench/freshness/held.ts';

it('is as many events as the records contain that a scorer has taken', () => {
  const held = new Held();
  expect([held.records, held.events, held.of(3)]).toEqual([0, 0, 0]);
  for (const events of [5, 0, 7]) held.take(events);
  expect([held.records, held.events]).toEqual([3, 12]);
  expect([0, 1, 2, 3].map(records => held.of(records))).toEqual([0, 5, 5, 12]);
  expect(held.of(9)).toBe(12); // the scorer has read further than whoever measures it
});
