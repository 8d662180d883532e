import { describe, expect, it } from 'vitest';
import { bootstrap } from '../../../models/evaluate/bootstrap.ts';
import { auc, calibrationError, logLoss, ndcg, reciprocalRank } from '../../../models/evaluate/metrics.ts';
import { random } from '../../../models/random.ts';

const scores = (...values: number[]) => Float32Array.from(values);
const labels = (...values: number[]) => Uint8Array.from(values);

describe('auc', () => {
  it('is the share of pairs in the right order, ties by half', () => {
    const draws = random(1);
    for (let round = 0; round < 50; round++) {
      const s = Float32Array.from({ length: 12 }, () => draws.below(5));
      const l = Uint8Array.from({ length: 12 }, () => draws.below(2));
      const pairs = [...l.keys()]
        .flatMap(i => [...l.keys()].map(j => [i, j] as const))
        .filter(([i, j]) => l[i]! > l[j]!);
      const wins = pairs.reduce((sum, [i, j]) => sum + (s[i]! > s[j]! ? 1 : s[i] === s[j] ? 0.5 : 0), 0);
      expect(auc(s, l)).toBe(pairs.length === 0 ? null : wins / pairs.length);
    }
  });

  it('counts a row as often as its weight', () => {
    const weights = [2, 1, 0, 3];
    const repeated = weights.flatMap((times, row) => Array.from({ length: times }, () => row));
    const s = scores(3, 2, 1, 2.5);
    const l = labels(1, 0, 1, 0);
    const all = auc(
      Float32Array.from(repeated, row => s[row]!),
      Uint8Array.from(repeated, row => l[row]!),
    );
    expect(auc(s, l, undefined, row => weights[row]!)).toBe(all);
  });
});

describe('ndcg', () => {
  it('is 1 for the best order, and discounts by the logarithm of the rank', () => {
    expect(ndcg(scores(3, 2, 1), labels(1, 0, 0))).toBe(1);
    expect(ndcg(scores(2, 3, 1), labels(1, 0, 0))).toBeCloseTo(1 / Math.log2(3), 12);
    expect(ndcg(scores(1, 3, 2), labels(1, 0, 1))).toBeCloseTo((1 / Math.log2(3) + 1 / 2) / (1 + 1 / Math.log2(3)), 12);
  });

  it('is the expectation over the orders of ties, so the logged order earns nothing', () => {
    const tied = (1 + 1 / Math.log2(3) + 1 / 2) / 3;
    expect(ndcg(scores(0, 0, 0), labels(1, 0, 0))).toBeCloseTo(tied, 12);
    expect(ndcg(scores(0, 0, 0), labels(0, 0, 1))).toBeCloseTo(tied, 12);
  });

  it('takes grades for gains of 2^grade - 1', () => {
    const ideal = 7 + 3 / Math.log2(3) + 1 / 2;
    expect(ndcg(scores(3, 2, 1), labels(1, 3, 2))).toBeCloseTo((1 + 7 / Math.log2(3) + 3 / 2) / ideal, 12);
    expect(ndcg(scores(1, 1, 0), labels(3, 0, 2))).toBeCloseTo(
      ((7 / 2) * (1 + 1 / Math.log2(3)) + 3 / 2) / (7 + 3 / Math.log2(3)),
      12,
    );
  });

  it('sees nothing beyond k, and has no meaning without a click', () => {
    expect(ndcg(scores(3, 2, 1), labels(0, 0, 1), 2)).toBe(0);
    expect(ndcg(scores(3, 2, 1), labels(0, 0, 0))).toBeNull();
  });
});

it('reciprocal rank takes the best clicked item, ties at their middle', () => {
  expect(reciprocalRank(scores(3, 2, 1), labels(0, 1, 1))).toBe(1 / 2);
  expect(reciprocalRank(scores(1, 1, 1), labels(0, 1, 0))).toBe(1 / 2);
  expect(reciprocalRank(scores(1), labels(0))).toBeNull();
});

it('log loss is that of the probabilities, also far out', () => {
  expect(logLoss(scores(Math.log(3), 0), labels(1, 0))).toBeCloseTo((-Math.log(0.75) - Math.log(0.5)) / 2, 6);
  expect(logLoss(scores(1_000, -1_000), labels(0, 0))).toBe(500);
});

it('calibration error is small for true probabilities, and is the shift for shifted ones', () => {
  const draws = random(2);
  const logits = Float32Array.from({ length: 20_000 }, () => draws.normal());
  const clicked = Uint8Array.from(logits, logit => Number(draws.uniform() < 1 / (1 + Math.exp(-logit))));
  expect(calibrationError(logits, clicked)).toBeLessThan(0.02);
  expect(
    calibrationError(
      logits.map(() => 50),
      clicked,
    ),
  ).toBeCloseTo(0.5, 1);
});

describe('bootstrap', () => {
  const meanOf = (values: number[]) => (times: Uint32Array) =>
    values.reduce((sum, value, user) => sum + value * times[user]!, 0) / times.reduce((a, b) => a + b, 0);

  it('covers the true mean about as often as it says', () => {
    const draws = random(5);
    let covered = 0;
    for (let round = 0; round < 100; round++) {
      const values = Array.from({ length: 60 }, () => draws.normal());
      const { low, high } = bootstrap(60, meanOf(values), { seed: round, resamples: 200 })!;
      covered += Number(low <= 0 && 0 <= high);
    }
    expect(covered).toBeGreaterThan(85);
    expect(covered).toBeLessThan(100);
  });

  it('gives the same interval for the same seed, and none where the statistic has no meaning', () => {
    const values = [1, 2, 3, 4];
    expect(bootstrap(4, meanOf(values), { seed: 1 })).toEqual(bootstrap(4, meanOf(values), { seed: 1 }));
    expect(bootstrap(0, meanOf([]), { seed: 1 })).toBeNull();
  });
});
