import { convexSum } from '../retrieval/fuse.ts';
import { top } from '../retrieval/top.ts';

/** What a search knows of its candidates, each by its place. */
export interface Signals {
  /** See `LiveWords`; 0 where a candidate has no word of the query. */
  readonly words: Float32Array;
  /** Of the query's vector and the candidate's, NaN where it has none; absent where the query has none. */
  readonly cosines?: Float32Array | undefined;
  /** Empty where a candidate has none. */
  readonly categories: readonly string[];
}

export interface Shares {
  /** Of the cosines beside the words, in [0, 1]. */
  readonly meaning: number;
  /** What being of the category that most of the first are of adds, where 1 is what the words can give. */
  readonly category: number;
}

/** So many of the first say what kind of product is looked for. */
const FIRST = 20;

/**
 * Words, vectors and categories as one score. Words and vectors are added up (see `convexSum`). The first twenty by that
 * sum say what kind of product the query means: each gets as much more as its category is frequent among them, of the
 * most frequent one's share. That is pseudo-relevance feedback (Croft and Harper, "Using probabilistic models of document
 * retrieval without relevance information", 1979) with categories as the only terms: a laptop has come before bags for one,
 * where most of what was found are laptops.
 */
export function hybrid({ words, cosines, categories }: Signals, { meaning, category }: Shares): Float32Array {
  const sum = cosines
    ? convexSum(words, completed(cosines), meaning)
    : convexSum(words, new Float32Array(words.length), 0);
  if (category === 0) return sum;
  const counts = new Map<string, number>();
  for (const place of top(sum, FIRST).documents) {
    const name = categories[place]!;
    if (name !== '') counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const most = Math.max(1, ...counts.values());
  for (let place = 0; place < sum.length; place++) {
    sum[place]! += (category * (counts.get(categories[place]!) ?? 0)) / most;
  }
  return sum;
}

/** What has no vector yet is taken for as far as the farthest that has one. */
function completed(cosines: Float32Array): Float32Array {
  let least = 1;
  for (let place = 0; place < cosines.length; place++) if (cosines[place]! < least) least = cosines[place]!;
  const known = new Float32Array(cosines.length);
  for (let place = 0; place < known.length; place++) {
    known[place] = Number.isNaN(cosines[place]!) ? least : cosines[place]!;
  }
  return known;
}
