import { bootstrapAll, type Interval } from '../bootstrap.ts';

/** A quotient of two sums over groups, which is what each estimator is. */
export interface Ratio {
  readonly above: Float64Array;
  readonly below: Float64Array;
}

/** The normal distribution leaves 2.5 % beyond this on either side. */
const Z = 1.959964;

/** A ratio with its intervals; NaN where it has no meaning. */
export interface Estimate extends Interval {
  normal: { low: number; high: number };
}

/**
 * Values with 95 % intervals: percentiles of a bootstrap over groups, and the normal one.
 *
 * @returns null of a ratio without a meaning, such as one over no rounds
 */
export function estimated<N extends string>(
  ratios: Readonly<Record<N, Ratio>>,
  options: { seed: number; resamples?: number },
): Record<N, Estimate | null> {
  const names = Object.keys(ratios) as N[];
  const all = names.map(name => ratios[name]);
  const found = bootstrapAll(groupsOf(all), times => all.map(ratio => ratioOf(ratio, times)), options);
  const withNormal = (interval: Interval | null, ratio: Ratio) =>
    interval && { ...interval, normal: around(interval.value, influence(ratio)) };
  const entries = names.map((name, which) => [name, withNormal(found[which]!, all[which]!)]);
  return Object.fromEntries(entries) as Record<N, Estimate | null>;
}

/**
 * How much greater one ratio is than another over the same groups, as a share of the other: paired, so that what is
 * alike in both cancels out.
 *
 * @returns null where the other is 0 or has no meaning
 */
export function lift(ratio: Ratio, other: Ratio, options: { seed: number; resamples?: number }): Estimate | null {
  const statistic = (times?: Uint32Array) => {
    const share = ratioOf(ratio, times) / ratioOf(other, times) - 1;
    return Number.isFinite(share) ? share : Number.NaN;
  };
  const [interval] = bootstrapAll(groupsOf([ratio, other]), times => [statistic(times)], options);
  if (!interval) return null;
  const [value, against] = [ratioOf(ratio), ratioOf(other)];
  const [own, its] = [influence(ratio), influence(other)];
  const moved = own.map((each, group) => each / against - (value / against ** 2) * its[group]!);
  return { ...interval, normal: around(interval.value, moved) };
}

/** @param times how often each group counts; once, where it is not given */
export function ratioOf({ above, below }: Ratio, times?: Uint32Array): number {
  let [over, under] = [0, 0];
  for (let group = 0; group < above.length; group++) {
    const count = times ? times[group]! : 1;
    over += count * above[group]!;
    under += count * below[group]!;
  }
  return under === 0 ? Number.NaN : over / under;
}

/** How far each group moves the value: the delta method (Owen, 2013, section 9.2, of self-normalised weights). */
function influence(ratio: Ratio): Float64Array {
  const value = ratioOf(ratio);
  const under = ratio.below.reduce((sum, each) => sum + each, 0);
  return ratio.above.map((each, group) => (each - value * ratio.below[group]!) / under);
}

/** Groups are drawn independently, rows within them are not: the squares are of groups (Liang and Zeger, 1986). */
function around(value: number, moved: Float64Array): { low: number; high: number } {
  const squares = moved.reduce((sum, each) => sum + each * each, 0);
  const half = Z * Math.sqrt((squares * moved.length) / Math.max(1, moved.length - 1));
  return { low: value - half, high: value + half };
}

function groupsOf(ratios: readonly Ratio[]): number {
  const [groups = 0, ...others] = ratios.map(({ above }) => above.length);
  if (others.some(other => other !== groups)) throw new RangeError('expected ratios over the same groups');
  return groups;
}
