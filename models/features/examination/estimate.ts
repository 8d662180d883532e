import { bootstrapAll, type Interval } from '../../evaluate/bootstrap.ts';
import { examination } from '../aggregates/examination.ts';
import { falling } from './isotonic.ts';

/** Lists in uniformly random order of some users, of which a position and the top were both seen. */
export interface SeenAt {
  /** Users by a hash, numbered from 0. */
  group: number;
  /** 0 = top. */
  position: number;
  lists: number;
  /** Clicks at this position. */
  clicks: number;
  /** Clicks at the top of the same lists. */
  top_clicks: number;
}

export interface ExaminedPosition {
  position: number;
  lists: number;
  clicks: number;
  /** Clicks at the position over clicks at the top of the same lists; null where the top has none. */
  measured: Interval | null;
  /** The nearest curve that falls. */
  smooth: Interval | null;
  /** What features are made with. */
  declared: number;
}

export interface ExaminationEstimate {
  /** Lists whose top was seen. */
  lists: number;
  top_clicks: number;
  positions: ExaminedPosition[];
  /** Of the power law (1 + position)^-exponent that fits best; null where only the top was seen. */
  exponent: Interval | null;
}

/**
 * P(somebody looks at what stands at a position), relative to the top, from lists in uniformly random order.
 *
 * What stands at a position there is as good as what stands at the top, so under the position-based model their click
 * rates differ by examination alone (Joachims, Swaminathan and Schnabel, WSDM 2017, section 5; Wang et al., WSDM 2018,
 * section 3.2). Each position is compared with the top of the same lists, because those who see further down may be those
 * who click more. It is of items that were on the screen, where the shop tells that: which is how features count
 * impressions, and what examples hold.
 *
 * @param groups of users, who are drawn for the intervals
 */
export function estimateExamination(
  seen: readonly SeenAt[],
  { groups, seed }: { groups: number; seed: number },
): ExaminationEstimate {
  const positions = seen.reduce((most, { position }) => Math.max(most, position + 1), 0);
  const table = (name: 'lists' | 'clicks' | 'top_clicks') => {
    const cells = new Float64Array(groups * positions);
    for (const row of seen) cells[row.group * positions + row.position]! += row[name];
    return cells;
  };
  const [lists, clicks, topClicks] = [table('lists'), table('clicks'), table('top_clicks')];
  const statistics = (times: Uint32Array) => {
    const [at, top] = [summed(clicks, positions, times), summed(topClicks, positions, times)];
    const smooth = falling(at, top);
    return [
      ...at.map((each, position) => each / top[position]!),
      ...smooth.map(each => each / smooth[0]!),
      exponentOf(at, top),
    ];
  };
  const found = bootstrapAll(groups, statistics, { seed });
  const once = new Uint32Array(groups).fill(1);
  const [seenIn, clicked] = [summed(lists, positions, once), summed(clicks, positions, once)];
  return {
    lists: seenIn[0] ?? 0,
    top_clicks: clicked[0] ?? 0,
    positions: Array.from(seenIn, (count, position) => ({
      position,
      lists: count,
      clicks: clicked[position]!,
      measured: found[position]!,
      smooth: found[positions + position]!,
      declared: examination(position),
    })),
    exponent: found[2 * positions]!,
  };
}

/** Sums over groups, by position. */
function summed(cells: Float64Array, positions: number, times: Uint32Array): Float64Array {
  const sums = new Float64Array(positions);
  for (const [group, count] of times.entries()) {
    if (count === 0) continue;
    for (let position = 0; position < positions; position++) {
      sums[position]! += count * cells[group * positions + position]!;
    }
  }
  return sums;
}

/** Steeper or flatter than any list is looked at. */
const EXPONENTS = [-2, 8] as const;
const HALVINGS = 40;

/**
 * Of a click at a position or at the top of the same list, that at the position has the odds (1 + position)^-exponent. The
 * exponent that makes the sum of log(1 + position) over clicks what these odds expect, which is that of greatest
 * likelihood where clicks are few; it is searched by halving.
 */
function exponentOf(clicks: Float64Array, topClicks: Float64Array): number {
  const excess = (exponent: number) =>
    clicks.reduce((sum, here, position) => {
      const odds = (1 + position) ** -exponent;
      return sum + Math.log1p(position) * (here - ((here + topClicks[position]!) * odds) / (1 + odds));
    }, 0);
  let [low, high]: [number, number] = [...EXPONENTS];
  if (!(excess(low) < 0 && excess(high) > 0)) return Number.NaN;
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (low + high) / 2;
    if (excess(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
