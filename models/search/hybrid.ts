import { convexSum } from '../retrieval/fuse.ts';

/** What a search knows of its candidates, each by its place. */
export interface Signals {
  /** See `LiveWords`; 0 where a candidate has no word of the query. */
  readonly words: Float32Array;
  /** Of the query's vector and the candidate's, NaN where it has none; absent where the query has none. */
  readonly cosines?: Float32Array | undefined;
}

/**
 * Words and vectors as one score (see `convexSum`).
 *
 * @param meaning the share of the cosines beside the words, in [0, 1]
 */
export function hybrid({ words, cosines }: Signals, meaning: number): Float32Array {
  return cosines ? convexSum(words, completed(cosines), meaning) : convexSum(words, new Float32Array(words.length), 0);
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
