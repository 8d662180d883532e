import { describe, expect, it } from 'vitest';
import { crossValidate } from '../../../models/evaluate/cross-validate.ts';
import { pairedPermutation } from '../../../models/evaluate/permutation.ts';
import { random } from '../../../models/random.ts';

describe('pairedPermutation', () => {
  it('is the share of sign patterns whose mean is as far from zero', () => {
    // Of 8 patterns of 1, 2 and 3, two reach 6: all plus and all minus.
    expect(pairedPermutation(Float64Array.of(1, 2, 3), { seed: 1 })).toBeCloseTo(2 / 8, 2);
    expect(pairedPermutation(Float64Array.of(-1, -2, 3), { seed: 1 })).toBe(1);
    expect(pairedPermutation(new Float64Array(40).fill(0.1), { seed: 1, rounds: 999 })).toBe(1 / 1_000);
  });

  it('is below 0.05 in about a twentieth of the cases where nothing differs', () => {
    const draws = random(3);
    let found = 0;
    for (let round = 0; round < 400; round++) {
      const differences = Float64Array.from({ length: 30 }, () => draws.normal());
      if (pairedPermutation(differences, { seed: round, rounds: 400 }) < 0.05) found++;
    }
    expect(found / 400).toBeGreaterThan(0.02);
    expect(found / 400).toBeLessThan(0.09);
  });
});

describe('crossValidate', () => {
  it('measures a query under what is best for the others, so that a choice by luck earns nothing', () => {
    const draws = random(4);
    const luck = Array.from({ length: 50 }, () => Float64Array.from({ length: 40 }, () => draws.normal()));
    const mean = (values: Float64Array) => values.reduce((sum, each) => sum + each, 0) / values.length;
    const seen = Math.max(...luck.map(mean));
    const { values } = crossValidate(luck, { folds: 5, seed: 1 });
    expect(seen).toBeGreaterThan(0.25);
    expect(Math.abs(mean(values))).toBeLessThan(seen);

    const better = luck[0]!.map(each => each + 2);
    const found = crossValidate([...luck, better], { folds: 5, seed: 1 });
    expect([...found.chosen]).toEqual([50, 50, 50, 50, 50]);
    expect([...found.values]).toEqual([...better]);
  });

  it('measures no query under a choice that it took part in', () => {
    const alone = Array.from({ length: 6 }, (_, choice) =>
      Float64Array.from({ length: 6 }, (_, query) => (query === choice ? 10 : 0)),
    );
    const { values } = crossValidate(alone, { folds: 6, seed: 1 });
    expect([...values]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
