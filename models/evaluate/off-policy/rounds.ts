import { TemperError } from '../../../schemas/errors.ts';

/**
 * What a logging policy chose, a choice each round: an item for a place, or a whole list at once with its slate's
 * propensity. Of each round: what the choice brought, such as a click or the clicks of a list, and how much more often
 * the target policy makes it.
 */
export interface Rounds {
  readonly reward: Float64Array;
  /** P(choice) of the target policy / P(choice) of the logging policy, in the round's context; see `importanceWeights`. */
  readonly weight: Float64Array;
  /** Who chose, numbered from 0: rounds of one group depend on each other, such as those of a user. */
  readonly group: Int32Array;
  readonly groups: number;
}

/** What a reward model expects in each round; it must not have been fitted on that round. */
export interface Expected {
  /** Of the choice that was logged. */
  readonly chosen: Float64Array;
  /** Of the target policy: the sum over all choices of P(choice) times what is expected of it. */
  readonly target: Float64Array;
}

/**
 * @param target P(the logged choice) under the target policy
 * @param propensity P(the logged choice) under the logging policy, in (0, 1]
 * @param clip the greatest weight (Ionides, "Truncated importance sampling", 2008): less variance, and an estimate that
 *   is too low. None, where nothing is said
 * @throws INPUT_INVALID with the round whose probabilities are none
 */
export function importanceWeights(
  target: Float64Array,
  propensity: Float64Array,
  clip = Number.POSITIVE_INFINITY,
): Float64Array {
  return target.map((wanted, round) => {
    const logged = propensity[round]!;
    if (!(logged > 0 && logged <= 1 && wanted >= 0 && wanted <= 1)) {
      throw new TemperError('INPUT_INVALID', {
        where: `round ${round}`,
        expected: 'a propensity above 0 and up to 1, and a probability from 0 to 1 of the target policy',
        got: `${logged} and ${wanted}`,
      });
    }
    return Math.min(clip, wanted / logged);
  });
}

/**
 * How many rounds of the target policy itself would tell as much: (sum of weights)^2 / sum of squares (Kish, "Survey
 * sampling", 1965; Owen, "Monte Carlo theory, methods and examples", 2013, section 9.3).
 */
export function effectiveSize(weight: Float64Array): number {
  let [sum, squares] = [0, 0];
  for (const each of weight) {
    sum += each;
    squares += each * each;
  }
  return squares === 0 ? 0 : (sum * sum) / squares;
}
