/** How the values of a feature are spread: what is kept of one time, to be compared with another. */
export interface Spread {
  values: number;
  mean: number;
  sd: number;
  /** Where the bins end: tenths of the values, fewer where many are equal. What is greater than all has a bin of its own. */
  edges: number[];
  /** The share of the values in each bin. */
  shares: number[];
}

const BINS = 10;
/** A bin of which nothing was seen is not impossible. */
const LEAST_SHARE = 1e-4;

/** Above it the distribution is said to have changed (Siddiqi, "Credit risk scorecards", 2006, chapter 9). */
export const CHANGED_PSI = 0.25;

export function spreadOf(values: Float32Array): Spread {
  const sorted = values.slice().sort();
  const tenths = Array.from({ length: BINS }, (_, n) => sorted[Math.ceil(((n + 1) * sorted.length) / BINS) - 1]!);
  const edges = [...new Set(tenths)];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { values: values.length, mean, sd: Math.sqrt(variance), edges, shares: sharesOf(values, edges) };
}

/** The population stability index, sum of (a - b) ln(a / b) over the bins of the earlier values: 0 where nothing has changed. */
export function stabilityIndex(earlier: Spread, values: Float32Array): number {
  const shares = sharesOf(values, earlier.edges);
  return earlier.shares.reduce((sum, share, bin) => {
    const [before, now] = [Math.max(share, LEAST_SHARE), Math.max(shares[bin]!, LEAST_SHARE)];
    return sum + (now - before) * Math.log(now / before);
  }, 0);
}

function sharesOf(values: Float32Array, edges: readonly number[]): number[] {
  const counts = Array.from({ length: edges.length + 1 }, () => 0);
  for (const value of values) {
    let bin = 0;
    while (bin < edges.length && value > edges[bin]!) bin++;
    counts[bin]!++;
  }
  return counts.map(count => count / values.length);
}
