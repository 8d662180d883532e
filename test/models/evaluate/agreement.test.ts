import { expect, test } from 'vitest';
import { agreement } from '../../../models/evaluate/agreement.ts';
import fc from '../../properties.ts';

const of = (...scores: number[]) => Float32Array.from(scores);

test('one order agrees with itself, and not with its reverse', () => {
  expect(agreement(of(1, 2, 3, 4), of(10, 20, 30, 40), 2)).toEqual({ kendall: 1, overlap: 1 });
  expect(agreement(of(1, 2, 3, 4), of(4, 3, 2, 1), 2)).toEqual({ kendall: -1, overlap: 0 });
});

test('ties are left out, and who ties all has no order', () => {
  // 6 pairs, 5 of them told apart by a, 6 by b: 5 agree, none contradicts
  expect(agreement(of(1, 1, 2, 3), of(1, 2, 3, 4), 1).kendall).toBeCloseTo(5 / Math.sqrt(5 * 6), 12);
  expect(agreement(of(1, 1, 1), of(1, 2, 3), 2).kendall).toBeNull();
  expect(agreement(of(), of(), 10)).toEqual({ kendall: null, overlap: 1 });
});

test('it does not matter who is compared with whom, nor how scores are scaled', () => {
  const scores = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), { minLength: 2 });
  fc.assert(
    fc.property(scores, pairs => {
      const [a, b] = [of(...pairs.map(([x]) => x)), of(...pairs.map(([, y]) => y))];
      const { kendall } = agreement(a, b, 3);
      expect(agreement(b, a, 3).kendall).toBe(kendall);
      expect(
        agreement(
          a.map(x => 3 * x + 1),
          b,
          3,
        ).kendall,
      ).toBe(kendall);
      if (kendall !== null) expect(Math.abs(kendall)).toBeLessThanOrEqual(1 + 1e-12);
    }),
  );
});
