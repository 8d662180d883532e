/** How little the difference between the first ranks matters; the value of the paper. */
const RANK_OFFSET = 60;

/**
 * Convex combination of the scores of words and of vectors for the same documents, each scaled by its least possible
 * value, 0 and -1, and its greatest in this query (Bruch, Gai and Ingber, "An analysis of fusion functions for hybrid
 * retrieval", 2023, TM2C2).
 *
 * @param words BM25 scores
 * @param cosines of query and documents
 * @param share of the cosines, in [0, 1]
 */
export function convexSum(words: Float32Array, cosines: Float32Array, share: number): Float32Array {
  const ofWords = (1 - share) / (greatest(words) || 1);
  const ofCosines = share / (greatest(cosines) + 1);
  const sum = new Float32Array(words.length);
  for (let document = 0; document < sum.length; document++) {
    sum[document] = ofWords * words[document]! + ofCosines * (cosines[document]! + 1);
  }
  return sum;
}

/** At least 0. */
function greatest(scores: Float32Array): number {
  let most = 0;
  for (let document = 0; document < scores.length; document++) most = Math.max(most, scores[document]!);
  return most;
}

/** What a lane of retrieval found, best first. */
export interface Lane {
  reason: string;
  items: readonly string[];
  /** How much its ranks count, 1 where it is not said. */
  weight?: number;
}

export interface Fused {
  item: string;
  /** Of the lane that gives the item the most, of such lanes the one named first. */
  reason: string;
  /** Sum of weight / (60 + rank). */
  relevance: number;
}

/**
 * The `most` best by reciprocal rank fusion: the sum of weight / (60 + rank), ranks from 1 (Cormack, Clarke and Büttcher,
 * "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods", SIGIR 2009).
 */
export function fuseLanes(lanes: readonly Lane[], most: number): Fused[] {
  const fused = new Map<string, Fused & { greatest: number }>();
  for (const { reason, items, weight = 1 } of lanes) {
    for (let rank = 1; rank <= items.length; rank++) {
      const item = items[rank - 1]!;
      const share = weight / (RANK_OFFSET + rank);
      const found = fused.get(item);
      if (!found) {
        fused.set(item, { item, reason, relevance: share, greatest: share });
        continue;
      }
      found.relevance += share;
      if (share > found.greatest) [found.reason, found.greatest] = [reason, share];
    }
  }
  return [...fused.values()]
    .sort((a, b) => b.relevance - a.relevance)
    .slice(0, most)
    .map(({ item, reason, relevance }) => ({ item, reason, relevance }));
}
