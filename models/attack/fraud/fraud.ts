import type { Random } from '../../random.ts';

/** What accounts that nobody is behind take, each a sequence of items, oldest first. */
export type FakeUsers = Int32Array[];

/** Draws items by how often they were taken: so that an account looks like others. */
export function byPopularity(counts: Float32Array, draws: Random): () => number {
  const sums = new Float64Array(counts.length);
  let sum = 0;
  for (const [item, count] of counts.entries()) {
    sum += count;
    sums[item] = sum;
  }
  return () => {
    const mark = draws.uniform() * sum;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! > mark) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
