import { Numbering } from '../../numbering.ts';
import { type Dataset, listsOf } from '../../ranker/dataset/dataset.ts';
import { ties } from '../metrics.ts';
import { doublyRobust, ips, snips } from './estimators.ts';
import { type Estimate, lift, type Ratio, ratioOf } from './ratio.ts';
import { crossFitted, type RewardModel, type Shown } from './reward-model.ts';
import { importanceWeights } from './rounds.ts';

/** What two rankers would bring, in clicks a place. */
export interface OffPolicy {
  /** Lists in random order with two places or more that are not pinned. */
  lists: number;
  /** Clicks on what either of both would have put where it stood: they alone tell the two apart by SNIPS. */
  clicks: number;
  values: Record<'candidate' | 'champion', Record<Method, number>>;
  /** How much more the candidate brings, as a share of what the champion does; null where that brings nothing. */
  lifts: Record<Method, Estimate | null>;
}

export type Method = 'ips' | 'snips' | 'dr';

/** What of a dataset it takes to compare two rankers. */
export type ListLog = Pick<
  Dataset,
  'rows' | 'list' | 'explored' | 'propensity' | 'position' | 'item' | 'clicked' | 'user'
>;

/**
 * The value of putting what users saw into the order of scores, from lists in random order.
 *
 * A round is a place: of f items that were seen there and are not pinned, each stood at each of their places with the
 * propensity 1 / f, and a ranker puts there the one that has this rank (tied ones with equal shares). So an item's
 * reward may depend on itself and its position, and not on what stands around it: the item-position estimator (Li et
 * al., "Offline evaluation of ranking policies with click models", KDD 2018). Intervals are over users.
 *
 * Pins stand firm, whoever ranks: rows with propensity 1 are left out, and lists whose propensities are unknown.
 *
 * @param scores of each row, finite
 * @returns null where there is no such list
 */
export function compareOffPolicy(
  log: ListLog,
  scores: Readonly<Record<'candidate' | 'champion', Float32Array>>,
  { seed }: { seed: number },
): OffPolicy | null {
  const lists = randomLists(log);
  if (lists.length === 0) return null;
  const rows = Uint32Array.from(lists.flat());
  const shown = shownIn(log, rows);
  const model = crossFitted(shown, { seed });
  const candidate = valued(scores.candidate, lists, shown, model);
  const champion = valued(scores.champion, lists, shown, model);
  const told = shown.reward.filter((_, round) => candidate.weight[round]! > 0 || champion.weight[round]! > 0);
  return {
    lists: lists.length,
    clicks: told.reduce((sum, each) => sum + each, 0),
    values: { candidate: valuesOf(candidate), champion: valuesOf(champion) },
    lifts: {
      ips: lift(candidate.ips, champion.ips, { seed }),
      snips: lift(candidate.snips, champion.snips, { seed }),
      dr: lift(candidate.dr, champion.dr, { seed }),
    },
  };
}

/** The figures as flat numbers; nothing, where there is nothing to tell. */
export function offPolicyMetrics(offPolicy: OffPolicy | null): Record<string, number> {
  if (!offPolicy) return {};
  const { lists, clicks, values } = offPolicy;
  const each = Object.entries(values).flatMap(([ranker, of]) =>
    Object.entries(of).map(([method, value]) => [`off_policy_${method}_${ranker}`, value] as const),
  );
  const known = each.filter(([, value]) => Number.isFinite(value));
  return { off_policy_lists: lists, off_policy_clicks: clicks, ...Object.fromEntries(known) };
}

/** The rows of each list that are not pinned, from the top. */
function randomLists(log: ListLog): number[][] {
  const { explored, propensity, position } = log;
  const lists: number[][] = [];
  for (const [start, end] of listsOf(log)) {
    if (explored[start] !== 1 || propensity.subarray(start, end).some(Number.isNaN)) continue;
    const rows = Array.from({ length: end - start }, (_, at) => start + at).filter(row => propensity[row]! < 1);
    if (rows.length > 1) lists.push(rows.sort((a, b) => position[a]! - position[b]!));
  }
  return lists;
}

function shownIn({ item, position, clicked, user }: ListLog, rows: Uint32Array): Shown {
  const users = new Numbering<number>();
  const group = Int32Array.from(rows, row => users.of(user[row]!));
  return {
    item: Int32Array.from(rows, row => item[row]!),
    position: Int32Array.from(rows, row => position[row]!),
    reward: Float64Array.from(rows, row => clicked[row]!),
    group,
    groups: users.things.length,
  };
}

interface Valued extends Record<Method, Ratio> {
  weight: Float64Array;
}

function valued(scores: Float32Array, lists: readonly number[][], shown: Shown, model: RewardModel): Valued {
  const { item, position, reward, group, groups } = shown;
  const probability = new Float64Array(item.length);
  const propensity = new Float64Array(item.length);
  const target = new Float64Array(item.length);
  let first = 0;
  for (const rows of lists) {
    const ranked = Float32Array.from(rows, row => scores[row]!);
    propensity.fill(1 / rows.length, first, first + rows.length);
    for (const { first: rank, rows: tied } of ties(ranked)) {
      for (let place = rank; place < rank + tied.length; place++) {
        const round = first + place;
        if (tied.includes(place)) probability[round] = 1 / tied.length;
        for (const other of tied) target[round]! += model(round, item[first + other]!, position[round]!) / tied.length;
      }
    }
    first += rows.length;
  }
  const chosen = Float64Array.from(item, (which, round) => model(round, which, position[round]!));
  const weight = importanceWeights(probability, propensity);
  const rounds = { reward, weight, group, groups };
  return { weight, ips: ips(rounds), snips: snips(rounds), dr: doublyRobust(rounds, { chosen, target }) };
}

function valuesOf({ ips: bare, snips: normalised, dr }: Valued): Record<Method, number> {
  return { ips: ratioOf(bare), snips: ratioOf(normalised), dr: ratioOf(dr) };
}
