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
 * How often each choice is the best when queries are drawn again and again from those that are seen, of equal sums the
 * first: weights by which to average what the choices say. One draw decides between choices that differ by luck alone;
 * the average of many varies less (Breiman, "Bagging predictors", 1996).
 *
 * @param quality of each choice for each query, [choices][queries]
 * @returns [choices], 0 or more, with the sum 1
 */
export function baggedChoice(
  quality: readonly Float64Array[],
  seen: Int32Array,
  { seed, draws = 50 }: { seed: number; draws?: number },
): Float64Array {
  const wins = new Float64Array(quality.length);
  const numbers = random(seed);
  for (let draw = 0; draw < draws; draw++) {
    const drawn = seen.map(() => seen[numbers.below(seen.length)]!);
    const sums = quality.map(each => drawn.reduce((sum, query) => sum + each[query]!, 0));
    wins[sums.indexOf(Math.max(...sums))]! += 1 / draws;
  }
  return wins;
}
