import type { Ratio } from './ratio.ts';
import type { Expected, Rounds } from './rounds.ts';

/*
 * What a target policy would have brought a round, from rounds that another one has logged. With the reward r, the weight
 * w = P(choice | target) / P(choice | logging) and n rounds. All three need that the logging policy can choose whatever
 * the target policy does; IPS and DR are then unbiased, SNIPS is so as n grows.
 */

/**
 * Inverse propensity scoring, sum w r / n (Horvitz and Thompson, "A generalization of sampling without replacement from a
 * finite universe", 1952).
 */
export function ips(rounds: Rounds): Ratio {
  return summed(
    rounds,
    round => rounds.weight[round]! * rounds.reward[round]!,
    () => 1,
  );
}

/**
 * Self-normalised inverse propensity scoring, sum w r / sum w (Swaminathan and Joachims, "The self-normalized estimator
 * for counterfactual learning", NIPS 2015): it stays within the rewards' range, and a constant reward has no variance.
 */
export function snips(rounds: Rounds): Ratio {
  const { reward, weight } = rounds;
  return summed(
    rounds,
    round => weight[round]! * reward[round]!,
    round => weight[round]!,
  );
}

/**
 * Doubly robust, sum (q(target) + w (r - q(choice))) / n (Dudik, Langford and Li, "Doubly robust policy evaluation and
 * learning", ICML 2011): right if either the propensities or the reward model q are.
 */
export function doublyRobust(rounds: Rounds, { chosen, target }: Expected): Ratio {
  const { reward, weight } = rounds;
  return summed(
    rounds,
    round => target[round]! + weight[round]! * (reward[round]! - chosen[round]!),
    () => 1,
  );
}

function summed(
  { group, groups }: Rounds,
  aboveOf: (round: number) => number,
  belowOf: (round: number) => number,
): Ratio {
  const [above, below] = [new Float64Array(groups), new Float64Array(groups)];
  for (const [round, of] of group.entries()) {
    above[of]! += aboveOf(round);
    below[of]! += belowOf(round);
  }
  return { above, below };
}
