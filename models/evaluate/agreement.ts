/** How alike two scorings of the same candidates order them. */
export interface Agreement {
  /** Kendall's tau-b, from -1 to 1; null where one of them ties all. */
  kendall: number | null;
  /** Share of one's first k that are among the other's first k. */
  overlap: number;
}

/**
 * Kendall's tau-b, which leaves ties out (Kendall, "The treatment of ties in ranking problems", 1945), and the overlap of
 * the heads, in O(n²) comparisons: 20 thousand for 200 candidates.
 */
export function agreement(a: Float32Array, b: Float32Array, k: number): Agreement {
  let [concordant, ofA, ofB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const [one, other] = [Math.sign(a[i]! - a[j]!), Math.sign(b[i]! - b[j]!)];
      concordant += one * other;
      ofA += Math.abs(one);
      ofB += Math.abs(other);
    }
  }
  const [head, other] = [headOf(a, k), headOf(b, k)];
  const shared = [...head].filter(item => other.has(item)).length;
  return {
    kendall: ofA > 0 && ofB > 0 ? concordant / Math.sqrt(ofA * ofB) : null,
    overlap: head.size > 0 ? shared / head.size : 1,
  };
}

/** The k best; of equals the first. */
function headOf(scores: Float32Array, k: number): Set<number> {
  return new Set([...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, k));
}
