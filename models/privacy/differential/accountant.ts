/*
 * What a training that draws each example by chance, clips its gradient and adds noise tells of one example: Rényi
 * differential privacy of the sampled Gaussian mechanism (Mironov, Talwar and Zhang, 2019, section 3.3), added up over steps
 * and turned into (epsilon, delta) (Mironov, "Rényi differential privacy", 2017, propositions 1 and 3).
 */

/** Steps of the mechanism. */
export interface Sampled {
  /** With which chance an example is in a step's batch. */
  rate: number;
  /** Deviation of the noise, in the lengths to which gradients are clipped. */
  noise: number;
  steps: number;
}

/** Whole orders are enough: between two of them epsilon changes by less than anybody states it to. */
const ORDERS = Array.from({ length: 511 }, (_, n) => n + 2);

/**
 * The least epsilon that holds with this delta: whoever sees all that training gives learns no more of whether an example was
 * in it than a factor of e^epsilon in any odds, but with a chance of delta.
 *
 * @returns infinite without noise
 */
export function epsilonOf({ rate, noise, steps }: Sampled, delta: number): number {
  if (steps === 0 || rate === 0) return 0;
  if (noise === 0) return Number.POSITIVE_INFINITY;
  const each = ORDERS.map(order => steps * renyi(rate, noise, order) + Math.log(1 / delta) / (order - 1));
  return Math.max(0, Math.min(...each));
}

/**
 * Rényi divergence of a whole order > 1 between what a step gives with and without an example: the logarithm of
 * sum_k C(order, k) (1 - rate)^(order - k) rate^k exp((k^2 - k) / (2 noise^2)), by order - 1.
 */
export function renyi(rate: number, noise: number, order: number): number {
  if (rate === 1) return order / (2 * noise * noise);
  const terms: number[] = [];
  let choose = 0; // ln C(order, k)
  for (let k = 0; k <= order; k++) {
    if (k > 0) choose += Math.log((order - k + 1) / k);
    terms.push(choose + (order - k) * Math.log1p(-rate) + k * Math.log(rate) + (k * k - k) / (2 * noise * noise));
  }
  const most = Math.max(...terms);
  return (most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0))) / (order - 1);
}
