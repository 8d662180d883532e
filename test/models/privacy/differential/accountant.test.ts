import { describe, expect, it } from 'vitest';
import { epsilonOf, renyi } from '../../../../models/privacy/differential/accountant.ts';

describe('epsilon of sampled Gaussian steps', () => {
  // As published; the orders, and how divergences become epsilon, differ in the last digit.
  it.each([
    ['Abadi et al. 2016, section 3.2', { rate: 0.01, noise: 4, steps: 10_000 }, 1e-5, 1.26],
    ["TensorFlow Privacy's README, MNIST", { rate: 256 / 60_000, noise: 1.12, steps: 14_063 }, 1e-5, 2.92],
    ["TensorFlow Privacy's tutorial", { rate: 250 / 60_000, noise: 1.3, steps: 3_600 }, 1e-5, 1.18],
  ])('is that of %s', (_where, sampled, delta, epsilon) => {
    expect(epsilonOf(sampled, delta)).toBeCloseTo(epsilon, 1);
  });

  it('of the whole data is that of the Gaussian mechanism', () => {
    expect(renyi(1, 2, 8)).toBe(1);
    expect(renyi(1 - 1e-12, 2, 8)).toBeCloseTo(1, 9);
  });

  it('has the divergence that the densities have', () => {
    for (const [rate, noise, order] of [
      [0.01, 1.1, 2],
      [0.1, 0.8, 5],
      [0.5, 3, 20],
    ] as const) {
      expect(renyi(rate, noise, order)).toBeCloseTo(integrated(rate, noise, order), 6);
    }
  });

  it('grows with steps and with the rate, and falls with noise and delta', () => {
    const base = { rate: 0.02, noise: 1.2, steps: 500 };
    const than = epsilonOf(base, 1e-5);
    expect(epsilonOf({ ...base, steps: 501 }, 1e-5)).toBeGreaterThan(than);
    expect(epsilonOf({ ...base, rate: 0.021 }, 1e-5)).toBeGreaterThan(than);
    expect(epsilonOf({ ...base, noise: 1.3 }, 1e-5)).toBeLessThan(than);
    expect(epsilonOf(base, 1e-4)).toBeLessThan(than);
    expect(epsilonOf({ ...base, noise: 0 }, 1e-5)).toBe(Number.POSITIVE_INFINITY);
    expect(epsilonOf({ ...base, steps: 0 }, 1e-5)).toBe(0);
  });
});

/** ln E_{z ~ N(0, noise^2)} [((1 - rate) + rate N(z; 1, noise^2) / N(z; 0, noise^2))^order], by order - 1, by the midpoint rule. */
function integrated(rate: number, noise: number, order: number): number {
  const step = noise / 500;
  let sum = 0;
  for (let z = -20 * noise - order; z < 20 * noise + 2 * order; z += step) {
    const density = Math.exp((-z * z) / (2 * noise * noise)) / (noise * Math.sqrt(2 * Math.PI));
    const ratio = Math.exp((2 * z - 1) / (2 * noise * noise));
    sum += density * (1 - rate + rate * ratio) ** order * step;
  }
  return Math.log(sum) / (order - 1);
}
