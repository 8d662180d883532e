import { describe, expect, it } from 'vitest';
import { CHANGED_PSI, spreadOf, stabilityIndex } from '../../../models/features/drift.ts';
import { random } from '../../../models/random.ts';

const normal = (n: number, seed: number, mean = 0, sd = 1) => {
  const draws = random(seed);
  return Float32Array.from({ length: n }, () => mean + sd * draws.normal());
};

describe('the spread of a feature', () => {
  it('has the mean, the deviation, and tenths', () => {
    const { mean, sd, edges, shares } = spreadOf(Float32Array.from({ length: 1_000 }, (_, n) => n));
    expect(mean).toBeCloseTo(499.5, 3);
    expect(sd).toBeCloseTo(288.675, 2);
    expect(edges).toEqual([99, 199, 299, 399, 499, 599, 699, 799, 899, 999]);
    expect(shares).toEqual([...Array.from({ length: 10 }, () => 0.1), 0]);
  });

  it('has fewer bins where values repeat, and one where all are equal', () => {
    expect(spreadOf(Float32Array.from([0, 0, 0, 0, 0, 0, 0, 1, 1, 2])).edges).toEqual([0, 1, 2]);
    expect(spreadOf(new Float32Array(50))).toMatchObject({ edges: [0], shares: [1, 0], sd: 0 });
  });
});

describe('the stability index', () => {
  it('is small for other draws of one distribution, and tells a shift, a wider spread and a feature that fell silent', () => {
    const earlier = spreadOf(normal(20_000, 1));
    expect(stabilityIndex(earlier, normal(20_000, 2))).toBeLessThan(0.01);
    expect(stabilityIndex(earlier, normal(20_000, 3, 0.7))).toBeGreaterThan(CHANGED_PSI);
    expect(stabilityIndex(earlier, normal(20_000, 4, 0, 2.5))).toBeGreaterThan(CHANGED_PSI);
    expect(stabilityIndex(earlier, new Float32Array(100))).toBeGreaterThan(1);
    expect(stabilityIndex(spreadOf(new Float32Array(100)), normal(100, 7))).toBeGreaterThan(1);
  });

  it('of a normal distribution that moves by d is d squared, but for the width of the bins', () => {
    const psi = stabilityIndex(spreadOf(normal(50_000, 5)), normal(50_000, 6, 0.3));
    expect(psi).toBeGreaterThan(0.075);
    expect(psi).toBeLessThan(0.095);
  });
});
