/**
 * The value that a standard normal number exceeds with probability p, 0 < p <= 0.5, to 4.5e-4 (Abramowitz and Stegun,
 * "Handbook of mathematical functions", 26.2.23).
 */
export function upperNormal(p: number): number {
  const t = Math.sqrt(-2 * Math.log(p));
  const over = 2.515517 + t * (0.802853 + t * 0.010328);
  return t - over / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}

/**
 * The value that a mean of squares of `freedom` standard normal numbers exceeds with probability p, where their variance is
 * estimated from `errors` others: Fisher's F (Paulson, "An approximate normalization of the analysis of variance
 * distribution", 1942). It is a little too large where freedom is small and p very small.
 */
export function upperF(freedom: number, errors: number, p: number): number {
  const z2 = upperNormal(p) ** 2;
  const [a, b] = [2 / (9 * freedom), 2 / (9 * errors)];
  const square = (1 - b) ** 2 - z2 * b;
  if (square <= 0) return Number.POSITIVE_INFINITY; // so few errors say nothing at this level
  const half = (1 - a) * (1 - b);
  const root = Math.sqrt(Math.max(0, half ** 2 - square * ((1 - a) ** 2 - z2 * a)));
  return ((half + root) / square) ** 3;
}
