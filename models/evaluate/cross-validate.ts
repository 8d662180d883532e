import { random } from '../random.ts';

/**
 * Chooses by some queries and measures on others (Stone, "Cross-validatory choice and assessment of statistical
 * predictions", 1974): queries are dealt into folds, and each is measured under the choice that has the best mean on the
 * other folds; of equal means the first choice.
 *
 * @param quality of each choice for each query, [choices][queries]
 * @returns the quality of each query, and the choice that each fold was measured under
 */
export function crossValidate(
  quality: readonly Float64Array[],
  { folds, seed }: { folds: number; seed: number },
): { values: Float64Array; chosen: Int32Array } {
  const queries = quality[0]!.length;
  const order = random(seed).shuffle(Int32Array.from({ length: queries }, (_, query) => query));
  const values = new Float64Array(queries);
  const chosen = Int32Array.from({ length: folds }, (_, fold) => {
    const choice = bestOf(quality, (place: number) => place % folds !== fold, order);
    for (let place = fold; place < queries; place += folds) {
      values[order[place]!] = quality[choice]![order[place]!]!;
    }
    return choice;
  });
  return { values, chosen };
}

function bestOf(quality: readonly Float64Array[], isSeen: (place: number) => boolean, order: Int32Array): number {
  const seen = order.filter((_, place) => isSeen(place));
  const sums = quality.map(each => seen.reduce((sum, query) => sum + each[query]!, 0));
  return sums.indexOf(Math.max(...sums));
}
