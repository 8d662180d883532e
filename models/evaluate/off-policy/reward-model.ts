import { type Fold, foldsOf } from '../hedge.ts';

/** Places of lists, and what stood there. */
export interface Shown {
  /** Of each round, numbered from 0. */
  readonly item: Int32Array;
  readonly position: Int32Array;
  /** 0 or 1. */
  readonly reward: Float64Array;
  readonly group: Int32Array;
  readonly groups: number;
}

/** P(reward) of an item at a position, by what was seen of all groups but that of a round. */
export type RewardModel = (round: number, item: number, position: number) => number;

const FOLDS = 5;

/**
 * Rates by item and position under the position-based model, rate of the position times how much more than that the item
 * is clicked:
 *
 *     q(item, position) = rate(position) (clicks(item) + 1) / (sum of rate(position) over its rounds + 1)
 *
 * so an item counts as if it had been expected to have one more click and had it, and a new one has the position's rate;
 * the rate of a position is drawn to that of all in the same way. Cross-fitted: groups are dealt into folds, and each
 * round is told what the other folds have seen (Chernozhukov et al., "Double/debiased machine learning", 2018).
 */
export function crossFitted(shown: Shown, { seed }: { seed: number }): RewardModel {
  const folds = foldsOf(shown.groups, { folds: FOLDS, seed });
  const rates = folds.map(fold => fitted(shown, fold));
  const foldOf = new Int32Array(shown.groups);
  for (const [which, { measured }] of folds.entries()) for (const group of measured) foldOf[group] = which;
  return (round, item, position) => rates[foldOf[shown.group[round]!]!]!(item, position);
}

function fitted({ item, position, reward, group, groups }: Shown, { seen }: Fold) {
  const counts = new Uint8Array(groups);
  for (const each of seen) counts[each] = 1;
  const rounds = Int32Array.from(group.keys()).filter(round => counts[group[round]!] === 1);
  const clicks = (of: Int32Array) => totals(rounds, of, round => reward[round]!);

  const all = rounds.reduce((sum, round) => sum + reward[round]!, 0);
  const rate = (all + 1) / (rounds.length + 2);
  const [ofPosition, atPosition] = [totals(rounds, position, () => rate), clicks(position)];
  const rateAt = (place: number) => (rate * ((atPosition[place] ?? 0) + 1)) / ((ofPosition[place] ?? 0) + 1);
  const [ofItem, onItem] = [totals(rounds, item, round => rateAt(position[round]!)), clicks(item)];
  return (which: number, place: number) =>
    Math.min(1, (rateAt(place) * ((onItem[which] ?? 0) + 1)) / ((ofItem[which] ?? 0) + 1));
}

/** Sums by what is numbered. */
function totals(rounds: Int32Array, of: Int32Array, amount: (round: number) => number): Float64Array {
  const sums = new Float64Array(of.reduce((most, each) => Math.max(most, each), -1) + 1);
  for (const round of rounds) sums[of[round]!]! += amount(round);
  return sums;
}
