import { type Part, scaledScores } from '../controls/blend.ts';

/** Moments at which one item was taken next. */
export interface NextItems {
  /** What was taken before, oldest first. */
  readonly histories: readonly Int32Array[];
  /** What was taken; -1 for an item that no scorer knows, which all of them miss. */
  readonly targets: Int32Array;
}

export interface RankOptions {
  /** Items of the history are no candidates, but for the target itself. */
  readonly withoutHistory?: boolean;
  /** Histories that are scored at a time. */
  readonly batch?: number;
}

/** Means over all moments; `mrr` counts ranks beyond k as 0. */
export interface RankFigures {
  readonly hr: number;
  readonly ndcg: number;
  readonly mrr: number;
}

/**
 * Where blends of the same parts rank the targets among all items.
 *
 * @param weightings of the parts, a blend each
 * @returns of each blend the ranks, counted from 0, tied items at their middle rank
 */
export async function ranks(
  parts: readonly Part[],
  weightings: readonly (readonly number[])[],
  { histories, targets }: NextItems,
  { withoutHistory = false, batch = 128 }: RankOptions = {},
): Promise<Float32Array[]> {
  const { items } = parts[0]!.scorer;
  const found = weightings.map(() => new Float32Array(targets.length).fill(Number.POSITIVE_INFINITY));
  const left = new Uint8Array(items);
  for (let start = 0; start < targets.length; start += batch) {
    const some = histories.slice(start, start + batch);
    const scores = await scaledScores(parts, some);
    for (const [place, history] of some.entries()) {
      const target = targets[start + place]!;
      if (target < 0) continue;
      if (withoutHistory) for (const item of history) left[item] = 1;
      const rows = scores.map(each => each.subarray(place * items, (place + 1) * items));
      for (const [which, weights] of weightings.entries()) {
        found[which]![start + place] = rankOf(blended(rows, weights), target, left);
      }
      for (const item of history) left[item] = 0;
    }
  }
  return found;
}

/** Hit rate, NDCG with one relevant item (1 / log2(rank + 2)), and reciprocal rank, all of the first k. */
export function rankFigures(found: Float32Array, k: number): RankFigures {
  let [hr, ndcg, mrr] = [0, 0, 0];
  for (const rank of found) {
    if (rank >= k) continue;
    hr += 1 / found.length;
    ndcg += 1 / Math.log2(rank + 2) / found.length;
    mrr += 1 / (rank + 1) / found.length;
  }
  return { hr, ndcg, mrr };
}

/** As many of some moments as are wanted, evenly from all. */
export function evenly({ histories, targets }: NextItems, wanted: number): NextItems {
  const every = Math.max(1, Math.ceil(targets.length / wanted));
  return {
    histories: histories.filter((_, at) => at % every === 0),
    targets: targets.filter((_, at) => at % every === 0),
  };
}

function blended(rows: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const sum = new Float32Array(rows[0]!.length);
  for (const [part, row] of rows.entries()) {
    const weight = weights[part]!;
    if (weight !== 0) for (let k = 0; k < sum.length; k++) sum[k]! += weight * row[k]!;
  }
  return sum;
}

/** @param left of each item whether it is no candidate */
function rankOf(scores: Float32Array, target: number, left: Uint8Array): number {
  const own = scores[target]!;
  let [better, tied] = [0, 0];
  for (let item = 0; item < scores.length; item++) {
    if (scores[item]! < own || left[item] === 1 || item === target) continue;
    if (scores[item]! > own) better++;
    else tied++;
  }
  return better + tied / 2;
}
