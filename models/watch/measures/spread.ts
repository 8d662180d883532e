import { upperF } from './chance.ts';

/** How the values of a feature lie in the bins of a window: sums over users, of whom each has y rows in a bin. */
export interface Spread {
  users: number;
  /** Σ y, by bin. */
  counts: number[];
  /** Σ y y', by pairs of bins, row by row. */
  products: number[];
}

/** How differently a feature is spread in two windows, and how much of that chance explains. */
export interface Drift {
  /** Population stability index, sum of (a - b) ln(a / b) (Siddiqi, "Credit risk scorecards", 2006, chapter 9). */
  psi: number;
  /** Jensen-Shannon divergence in bits, 0 to 1 (Lin, "Divergence measures based on the Shannon entropy", 1991). */
  js: number;
  /** What the index is on average where nothing has changed. */
  expected: number;
  /** What it exceeds by chance with the given probability. */
  chance: number;
}

/** A bin of which nothing was seen is not impossible. */
const LEAST_SHARE = 1e-4;
/** Near 0, the divergence in bits is so many of the stability index: both are then sums of squares. */
export const JS_OF_PSI = 1 / (8 * Math.LN2);

/**
 * Compares two windows by the same bins. Where nothing has changed, the index is nearly Σ d² / p of the differences d of
 * the shares p, whose errors are those over users: rows of one user are alike. Of such a sum of dependent squares mean and
 * variance are known, and a multiple of a chi square that has both says what it is by chance (Rao and Scott, "On
 * chi-squared tests for multiway contingency tables with cell proportions estimated from survey data", 1984, second
 * order), or of an F, since so few users say how alike their rows are (Thomas and Rao, "Small-sample comparisons of level
 * and power for simple goodness-of-fit statistics under cluster sampling", 1987).
 *
 * @param alpha for one feature, in (0, 0.5]
 */
export function driftOf(reference: Spread, now: Spread, alpha: number): Drift {
  const [before, after] = [sharesOf(reference), sharesOf(now)];
  const { mean, freedom } = byChance(reference, now, before, after);
  const sum = (of: (a: number, b: number) => number) => before.reduce((all, a, bin) => all + of(a, after[bin]!), 0);
  return {
    psi: sum(stability),
    js: sum(divergence),
    expected: mean,
    chance: freedom === 0 ? 0 : mean * upperF(freedom, Math.min(reference.users, now.users) - 1, alpha),
  };
}

function sharesOf({ counts }: Spread): number[] {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  return counts.map(count => (rows === 0 ? 0 : count / rows));
}

/** Mean of the index, and the degrees of freedom of the chi square that it is a multiple of. */
function byChance(reference: Spread, now: Spread, before: readonly number[], after: readonly number[]) {
  const shares = before.map((a, bin) => (a + after[bin]!) / 2);
  const [of, to] = [covariances(reference, before), covariances(now, after)];
  const bins = shares.length;
  let [mean, squares] = [0, 0];
  for (let a = 0; a < bins; a++) {
    if (shares[a] === 0) continue;
    mean += (of(a, a) + to(a, a)) / shares[a]!;
    for (let b = 0; b < bins; b++) {
      if (shares[b] !== 0) squares += (of(a, b) + to(a, b)) ** 2 / (shares[a]! * shares[b]!);
    }
  }
  return { mean, freedom: squares === 0 ? 0 : mean ** 2 / squares };
}

/** Of the shares, by the delta method over users, as `perList` has the variances of rates. */
function covariances({ users, counts, products }: Spread, shares: readonly number[]): (a: number, b: number) => number {
  const bins = counts.length;
  const cross = counts.map((_, a) => products.slice(a * bins, (a + 1) * bins).reduce((sum, each) => sum + each, 0));
  const rows2 = cross.reduce((sum, each) => sum + each, 0);
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const scale = users < 2 ? 0 : users / (users - 1) / rows ** 2;
  return (a, b) => {
    const [p, q] = [shares[a]!, shares[b]!];
    return scale * (products[a * bins + b]! - q * cross[a]! - p * cross[b]! + p * q * rows2);
  };
}

function stability(before: number, after: number): number {
  const [a, b] = [Math.max(before, LEAST_SHARE), Math.max(after, LEAST_SHARE)];
  return (b - a) * Math.log(b / a);
}

function divergence(before: number, after: number): number {
  const middle = (before + after) / 2;
  const part = (share: number) => (share === 0 ? 0 : (share / 2) * Math.log2(share / middle));
  return part(before) + part(after);
}

/**
 * Where bins end, of the tenths of some values: the greatest value ends none, so that what is beyond it is in the last
 * bin, unless all values are equal.
 *
 * @param tenths in ascending order, each value once, the greatest last
 */
export function edgesOf(tenths: readonly number[]): number[] {
  return tenths.length > 1 ? tenths.slice(0, -1) : [...tenths];
}
