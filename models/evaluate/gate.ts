import type { Check, Verdict } from '../../schemas/models.ts';
import type { Interval } from './bootstrap.ts';
import type { Evaluation, Quality } from './compare.ts';
import { notWorseOffPolicy, offPolicyMetrics } from './off-policy/check.ts';

/** What a candidate has to show before it may serve. */
export interface Policy {
  /** Lists with a click that both rankers could order. */
  minimum_lists: number;
  /** Clicks in them. */
  minimum_clicks: number;
  /** How far NDCG may lie below the champion's; the low end of the interval has to be above that. */
  ndcg_margin: number;
  /** The same of AUC, which decides where lists have one item. */
  auc_margin: number;
  /** The greatest expected calibration error of the probabilities. */
  greatest_ece: number;
  /** How far the clicks that it would bring may lie below the champion's, as a share of these. */
  off_policy_margin: number;
}

export const POLICY: Policy = {
  minimum_lists: 50,
  minimum_clicks: 50,
  ndcg_margin: 0.02,
  auc_margin: 0.01,
  greatest_ece: 0.1,
  off_policy_margin: 0.05,
};

/**
 * Judges a candidate by its evaluation. Every check is made, whatever the others say, so that a refusal names all of
 * its reasons; with too little data the verdict is just that, and no error.
 */
export function judge(evaluation: Evaluation, policy: Policy = POLICY): Verdict {
  const { by, lists, clicks, rankers, differences, offPolicy } = evaluation;
  const margin = by === 'ndcg' ? policy.ndcg_margin : policy.auc_margin;
  const checks = [
    atLeast('enough_lists', lists, policy.minimum_lists, 'lists with a click'),
    atLeast('enough_clicks', clicks, policy.minimum_clicks, 'clicks'),
    finiteScores(rankers.candidate),
    above('not_worse_than_champion', differences.champion, -margin, `${by} minus the champion's`),
    above('better_than_popularity', differences.popularity, 0, `${by} minus popularity's`),
    calibrated(rankers.candidate, policy.greatest_ece),
    notWorseOffPolicy('snips', offPolicy, policy),
    notWorseOffPolicy('dr', offPolicy, policy),
  ];
  return { passed: checks.every(({ passed }) => passed), checks, metrics: metricsOf(evaluation) };
}

function atLeast(name: string, value: number, threshold: number, what: string): Check {
  const passed = value >= threshold;
  const reason = passed ? `${value} ${what}` : `${value} ${what} are too few to judge by; ${threshold} are needed`;
  return { name, passed, value, low: null, high: null, threshold, reason };
}

function finiteScores({ finite }: Quality): Check {
  const reason = finite ? 'one finite score for each row' : 'some scores are missing, or not finite numbers';
  return { name: 'finite_scores', passed: finite, value: null, low: null, high: null, threshold: null, reason };
}

/** The whole interval has to lie above the threshold, so that luck does not pass. */
function above(name: string, interval: Interval | null, threshold: number, what: string): Check {
  if (!interval) {
    const reason = `${what}: nothing to compare`;
    return { name, passed: false, value: null, low: null, high: null, threshold, reason };
  }
  const { value, low, high } = interval;
  const passed = low > threshold;
  const range = `${show(value)}, 95 % between ${show(low)} and ${show(high)}`;
  const reason = `${what}: ${range}; the low end is ${passed ? '' : 'not '}above ${show(threshold)}`;
  return { name, passed, value, low, high, threshold, reason };
}

function calibrated({ ece }: Quality, threshold: number): Check {
  const passed = ece !== null && ece <= threshold;
  const found =
    ece === null ? 'no probabilities to look at' : `predicted and observed click rates lie ${show(ece)} apart`;
  const reason = `${found}; at most ${show(threshold)} is allowed`;
  return { name: 'calibrated', passed, value: ece, low: null, high: null, threshold, reason };
}

/** The evaluation as flat numbers, `ndcg_candidate` and so on, without those that have no meaning. */
function metricsOf({
  rows,
  users,
  by,
  lists,
  clicks,
  order,
  rankers,
  differences,
  offPolicy,
}: Evaluation): Record<string, number> {
  const qualities = Object.entries(rankers).flatMap(([name, { finite: _, ...quality }]) =>
    Object.entries(quality).map(([metric, value]) => [`${metric}_${name}`, value]),
  );
  const gains = Object.entries(differences).map(([name, interval]) => [`${by}_minus_${name}`, interval?.value ?? null]);
  const numbers = [...qualities, ...gains].filter(([, value]) => value !== null);
  const explored = Number(order === 'explored');
  return { rows, users, lists, clicks, explored, ...Object.fromEntries(numbers), ...offPolicyMetrics(offPolicy) };
}

function show(value: number): string {
  return value.toFixed(4);
}
