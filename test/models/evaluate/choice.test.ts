import { describe, expect, it } from 'vitest';
import { foldsOf, hedgedWeights } from '../../../models/evaluate/hedge.ts';
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

describe('choices by other queries', () => {
  it('measures each query in one fold, by a choice of the others', () => {
    const folds = foldsOf(11, { folds: 3, seed: 1 });
    expect(folds.flatMap(({ measured }) => [...measured]).sort((a, b) => a - b)).toEqual([...Array(11).keys()]);
    for (const { measured, seen } of folds) {
      expect([...measured, ...seen].sort((a, b) => a - b)).toEqual([...Array(11).keys()]);
    }
  });

  it('count the more the better they are, by as much as so many queries can tell', () => {
    const [worse, better] = [new Float64Array(6).fill(0.25), new Float64Array(6).fill(0.5)];
    const [first, second, third] = hedgedWeights([worse, better, better], Int32Array.of(0, 1, 2, 3));
    expect(first! / second!).toBeCloseTo(Math.exp(-Math.sqrt((8 * Math.log(3)) / 4)));
    expect(third).toBe(second);
    expect(first! + second! + third!).toBeCloseTo(1);
    expect([...hedgedWeights([worse], Int32Array.of(0, 1))]).toEqual([1]);
  });

  it('never look at queries that are not seen', () => {
    const draws = random(4);
    const luck = Array.from({ length: 8 }, () => Float64Array.from({ length: 40 }, draws.uniform));
    const seen = Int32Array.from({ length: 30 }, (_, query) => query);
    const unseen = luck.map(each => each.map((value, query) => (query < 30 ? value : 1 - value)));
    expect(hedgedWeights(unseen, seen)).toEqual(hedgedWeights(luck, seen));
  });
});
