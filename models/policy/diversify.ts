import type { Notes, Order } from './split.ts';

export interface Diversity {
  /** How much unlikeness counts against score, in [0, 1]; 0 leaves the order as it is. */
  readonly share: number;
  /** Places to fill; what is behind them stays in its order. */
  readonly places: number;
  /** By candidate, finite; they are brought to [0, 1]. */
  readonly scores: Float32Array;
  /** Of two candidates, 1 for the same. */
  readonly similarity: (a: number, b: number) => number;
  /** What stands on the list already. */
  readonly pinned: Iterable<number>;
}

/** How many candidates compete for a place. */
const WINDOW = 4;

/**
 * Maximal marginal relevance (Carbonell and Goldstein, "The use of MMR, diversity-based reranking for reordering
 * documents and producing summaries", SIGIR 1998): each place goes to the candidate with the greatest
 *
 *     (1 - share) score - share max similarity to what was placed
 *
 * among the first `4 places` of the order.
 */
export function diversified(order: Order, diversity: Diversity, notes: Notes): Order {
  const { share, places, scores, similarity, pinned } = diversity;
  if (share === 0) return order;
  const left = order.slice(0, WINDOW * places);
  const relevance = scaled(left, scores);
  const nearest = new Map(left.map(candidate => [candidate, 0]));
  const meet = (placed: number) => {
    for (const candidate of left)
      nearest.set(candidate, Math.max(nearest.get(candidate)!, similarity(candidate, placed)));
  };
  for (const candidate of pinned) meet(candidate);
  const value = (candidate: number) => (1 - share) * relevance.get(candidate)! - share * nearest.get(candidate)!;

  const chosen: number[] = [];
  while (chosen.length < places && left.length > 0) {
    let best = 0;
    for (let at = 1; at < left.length; at++) if (value(left[at]!) > value(left[best]!)) best = at;
    for (const passed of left.slice(0, best)) notes.set(passed, 'moved down: like what stands above');
    const [next] = left.splice(best, 1) as [number];
    if (best > 0) notes.set(next, 'moved up: unlike what stands above');
    chosen.push(next);
    meet(next);
  }
  return [...chosen, ...left, ...order.slice(WINDOW * places)];
}

function scaled(order: Order, scores: Float32Array): Map<number, number> {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const candidate of order) {
    least = Math.min(least, scores[candidate]!);
    greatest = Math.max(greatest, scores[candidate]!);
  }
  const range = greatest - least || 1;
  return new Map(order.map(candidate => [candidate, (scores[candidate]! - least) / range]));
}
