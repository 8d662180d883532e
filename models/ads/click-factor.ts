import { bootstrapAll, type Interval } from '../evaluate/bootstrap.ts';
import { rateAt, type SeenAds } from './click-rates.ts';

/** Ads that were seen, by what their ranker says of them. */
export interface SeenLists extends SeenAds {
  /** Of each row, from 0 on, in the order of time. */
  list: Int32Array;
}

/** What P(click) of a ranker is multiplied by on ads, and why. */
export interface ClickFactor {
  /** What holds: 1 where too little is known (`few`), the gate refuses another (`refused`), or nobody wants one (`off`). */
  factor: number;
  says: 'used' | 'refused' | 'few' | 'off';
  /** What was judged: from the older half of the lists. */
  learned: number;
  /** On the newer half: the expected calibration error without it, and by how much that is more with it. */
  ece: Interval | null;
  change: Interval | null;
}

export const UNCORRECTED: ClickFactor = { factor: 1, says: 'off', learned: 1, ece: null, change: null };

/** What is believed of a ranker of whose ads nothing is known, a factor of 1, counts as so many clicks. */
const PRIOR_CLICKS = 20;
/** In the newer half, predicted or real ones: of fewer nobody can tell whether they are too few. */
const LEAST_CLICKS = 50;
const BINS = 10;
const SEED = 1;

/**
 * Learns how many clicks come for each that a ranker promises on lists of ads: the mean of a gamma-Poisson whose prior is
 * 1, so that with few clicks it is near to that. The error gate: what the older half of the lists teaches is used only
 * where it lowers the expected calibration error on the newer half, beyond chance (95 %, over users). What holds then is
 * learned from both.
 *
 * One factor and no curve: order and prices follow from proportions alone, which it leaves as they are.
 *
 * @param usual_look how far places are looked at that the ranker has learned from, on the mean (`usualLook`)
 * @param least lists of both halves and users of the newer one, below which nothing is learned
 */
export function learnFactor(seen: SeenLists, usual_look: number, least: { lists: number; users: number }): ClickFactor {
  const lists = 1 + seen.list.reduce((most, list) => Math.max(most, list), -1);
  const rows = [...seen.list.keys()];
  const newer = rows.filter(row => seen.list[row]! >= lists / 2);
  const at = (row: number, factor = 1) => rateAt(factor * seen.rate[row]!, seen.position[row]!, usual_look);
  const sums = (of: readonly number[]) => ({
    clicks: of.reduce((sum, row) => sum + seen.clicked[row]!, 0),
    expected: of.reduce((sum, row) => sum + at(row), 0),
  });
  const learned = drawn(sums(rows.filter(row => seen.list[row]! < lists / 2)));
  const judged = sums(newer);
  const users = new Set(newer.map(row => seen.user[row]!)).size;
  const few = { factor: 1, says: 'few', learned, ece: null, change: null } as const;
  if (lists < least.lists || users < least.users) return few;
  if (Math.max(judged.clicks, judged.expected) < LEAST_CLICKS) return few;
  const [ece, change] = errorsOf(seen, newer, at, learned);
  const isBetter = change !== null && change.high < 0;
  return isBetter
    ? { factor: drawn(sums(rows)), says: 'used', learned, ece, change }
    : { factor: 1, says: 'refused', learned, ece, change };
}

function drawn({ clicks, expected }: { clicks: number; expected: number }): number {
  return (clicks + PRIOR_CLICKS) / (expected + PRIOR_CLICKS);
}

/** The error without the factor, and what the factor adds to it. A factor leaves rows in order, and so in their bins. */
function errorsOf(
  { clicked, user }: SeenLists,
  rows: readonly number[],
  at: (row: number, factor?: number) => number,
  factor: number,
): [Interval | null, Interval | null] {
  const order = rows.toSorted((a, b) => at(b) - at(a) || a - b);
  const users = new Map<number, number>();
  for (const row of order) if (!users.has(user[row]!)) users.set(user[row]!, users.size);
  const own = Int32Array.from(order, row => users.get(user[row]!)!);
  const gaps = [1, factor].map(each => Float64Array.from(order, row => at(row, each) - clicked[row]!)) as [
    Float64Array,
    Float64Array,
  ];
  const errors = (times: Uint32Array): number[] => {
    const [before, after] = gaps.map(gap => error(gap, own, times)) as [number, number];
    return [before, after - before];
  };
  return bootstrapAll(users.size, errors, { seed: SEED }) as [Interval | null, Interval | null];
}

/** As `calibrationError`, of users who count so many times; bins end where they do when each counts once. */
function error(gap: Float64Array, user: Int32Array, times: Uint32Array): number {
  let [sum, rows] = [0, 0];
  for (let bin = 0; bin < BINS; bin++) {
    let off = 0;
    const end = Math.round(((bin + 1) * gap.length) / BINS);
    for (let at = Math.round((bin * gap.length) / BINS); at < end; at++) {
      const count = times[user[at]!]!;
      off += count * gap[at]!;
      rows += count;
    }
    sum += Math.abs(off);
  }
  return sum / rows;
}
