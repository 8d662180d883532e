import { expect, it } from 'vitest';
import { quantiles, slope } from '../../../bench/scorer/figures.ts';

it('p50 and p99 are those of the values, whatever their order', () => {
  const values = Array.from({ length: 1_000 }, (_, n) => (n * 7) % 1_000);
  expect(quantiles(values)).toEqual({ p50: 500, p99: 990 });
  expect(quantiles([3])).toEqual({ p50: 3, p99: 3 });
});

it('one request without an answer among few is seen in their p99', () => {
  expect(quantiles([1, 2, Number.POSITIVE_INFINITY]).p99).toBe(Number.POSITIVE_INFINITY);
});

it('a slope is what y grows by for each x, and 0 where there is but one x', () => {
  expect(slope([0, 1, 2, 3].map(x => [x, 5 + 2 * x]))).toBe(2);
  expect(slope([0, 1, 2, 3].map(x => [x, x % 2]))).toBeCloseTo(0.2);
  expect(
    slope([
      [1, 3],
      [1, 4],
    ]),
  ).toBe(0);
});
