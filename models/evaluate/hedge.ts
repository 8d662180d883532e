import { random } from '../random.ts';

/** Queries that are measured, and the others, by which is chosen. */
export interface Fold {
  readonly measured: Int32Array;
  readonly seen: Int32Array;
}

/** Deals queries into folds at random; each query is measured in one of them. */
export function foldsOf(queries: number, { folds, seed }: { folds: number; seed: number }): Fold[] {
  const order = random(seed).shuffle(Int32Array.from({ length: queries }, (_, query) => query));
  return Array.from({ length: folds }, (_, fold) => ({
    measured: order.filter((_, place) => place % folds === fold),
    seen: order.filter((_, place) => place % folds !== fold),
  }));
}

/**
 * Weights by which to average what choices say, so that where queries hardly tell them apart no single one decides: each
 * has exp(rate times the sum of its qualities), with the rate sqrt(8 ln(choices) / queries) at which the average comes as
 * near to the best choice as can be promised, for qualities in [0, 1] (Cesa-Bianchi and Lugosi, "Prediction, learning, and
 * games", 2006, theorem 2.2).
 *
 * @param quality of each choice for each query, [choices][queries]
 * @returns [choices], 0 or more, with the sum 1
 */
export function hedgedWeights(quality: readonly Float64Array[], seen: Int32Array): Float64Array {
  const rate = Math.sqrt((8 * Math.log(quality.length)) / seen.length);
  const sums = quality.map(each => seen.reduce((sum, query) => sum + each[query]!, 0));
  const greatest = Math.max(...sums);
  const weights = Float64Array.from(sums, sum => Math.exp(rate * (sum - greatest)));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map(weight => weight / all);
}
