import { upperNormal } from '../../watch/measures/chance.ts';
import type { Interval } from '../bootstrap.ts';
import { descending } from '../metrics.ts';

/** Clicks for each predicted one: above 1 where too few were predicted. */
export interface ClickRatio extends Interval {
  rows: number;
  /** Those that came, and those that were predicted. */
  clicks: number;
  expected: number;
}

export interface Reliability {
  /** Of all rows, with 95 % confidence. */
  all: ClickRatio;
  /** By the prediction, greatest first; their intervals hold together with 95 % confidence. None where clicks are too few. */
  bins: ClickRatio[];
}

const ALPHA = 0.05;
const MOST_BINS = 10;
/** Of a bin. With fewer, twice too many or too few of them are hardly beyond chance. */
const BIN_CLICKS = 50;
/** Where next to nothing is predicted the ratio stays a number. */
const LEAST_EXPECTED = 1e-9;

/**
 * Clicks that came for each that was predicted, in all and by the prediction. Rates of a few hundredths can be several
 * times too great or too small and lie less than a tenth apart, which is all that the expected calibration error sees.
 *
 * Bins have about as many predicted clicks each, so that what came does not choose where they end, and no more of them
 * than there are enough clicks for, predicted and real ones.
 *
 * @param user of each row
 * @returns null where there are no rows
 */
export function reliabilityOf(
  logits: Float32Array,
  labels: Uint8Array,
  user: Int32Array,
  { most_bins = MOST_BINS, bin_clicks = BIN_CLICKS } = {},
): Reliability | null {
  if (logits.length === 0) return null;
  const order = descending(logits);
  const predicted = Float64Array.from(order, row => 1 / (1 + Math.exp(-logits[row]!)));
  const ratio = (start: number, end: number, alpha: number) => {
    const shown = { predicted: predicted.subarray(start, end), rows: order.subarray(start, end) };
    return clickRatio(shown, labels, user, alpha);
  };
  const all = ratio(0, order.length, ALPHA);
  const bins = Math.min(most_bins, Math.floor(Math.min(all.clicks, all.expected) / bin_clicks));
  if (bins < 2) return { all, bins: [] };
  const ends = endsOf(predicted, all.expected, bins);
  return { all, bins: ends.map((end, bin) => ratio(ends[bin - 1] ?? 0, end, ALPHA / ends.length)) };
}

/** Where bins end that have the same part of the predicted clicks each; the last one has all that is left. */
function endsOf(predicted: Float64Array, expected: number, bins: number): number[] {
  const ends: number[] = [];
  let sum = 0;
  for (const [at, each] of predicted.entries()) {
    sum += each;
    if (ends.length < bins - 1 && sum >= ((ends.length + 1) * expected) / bins) ends.push(at + 1);
  }
  return [...ends.filter(end => end < predicted.length), predicted.length];
}

/**
 * Wilson's interval ("Probable inference, the law of succession, and statistical inference", 1927) for a rate of rare
 * events, which holds with few of them and with none, where a bootstrap would be sure of nothing at all. Clicks count as
 * many as are worth that of independent rows (Rao and Scott, "A simple method for the analysis of clustered binary data",
 * 1992), because those of a user are alike.
 */
function clickRatio(
  { predicted, rows }: { predicted: Float64Array; rows: Uint32Array },
  labels: Uint8Array,
  user: Int32Array,
  alpha: number,
): ClickRatio {
  const users = new Map<number, { clicks: number; expected: number }>();
  let [clicks, sum] = [0, 0];
  for (const [at, row] of rows.entries()) {
    const own = users.get(user[row]!) ?? { clicks: 0, expected: 0 };
    users.set(user[row]!, own);
    own.clicks += labels[row]!;
    own.expected += predicted[at]!;
    clicks += labels[row]!;
    sum += predicted[at]!;
  }
  const expected = Math.max(sum, LEAST_EXPECTED);
  const value = clicks / expected;
  const half = (upperNormal(alpha / 2) ** 2 * spread([...users.values()], value, clicks)) / 2;
  const range = Math.sqrt(half * (half + 2 * clicks));
  const [low, high] = [(clicks + half - range) / expected, (clicks + half + range) / expected];
  return { value, low: Math.max(0, low), high, rows: rows.length, clicks, expected };
}

/** How many times the variance of independent clicks theirs is, by user; never less than once. */
function spread(users: readonly { clicks: number; expected: number }[], ratio: number, clicks: number): number {
  if (clicks === 0 || users.length < 2) return 1;
  const squares = users.reduce((sum, own) => sum + (own.clicks - ratio * own.expected) ** 2, 0);
  return Math.max(1, (squares * users.length) / (users.length - 1) / clicks);
}
