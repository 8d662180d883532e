import { convexSum } from '../retrieval/fuse.ts';

/** The scores of the same documents by what a search knows of them. */
export interface Signals {
  /** BM25F; see `indexWords`. */
  readonly words: Float32Array;
  /** Of query and documents, by an encoder. */
  readonly cosines: Float32Array;
  /** See `typeMatch`. */
  readonly types: Float32Array;
}

/** Enough to order what words find alike, and too little to bring up much that has none of them. */
export const MEANING = 0.2;

/** What the match of types adds for each share of the vectors. */
const TYPES = 0.2;

/**
 * Words, vectors and product types as one score: the convex sum of words and vectors (see `convexSum`), and of that and
 * the types.
 *
 * @param meaning share of the vectors, in [0, 1]; types have a fifth of it
 */
export function hybrid({ words, cosines, types }: Signals, meaning = MEANING): Float32Array {
  const both = convexSum(words, cosines, meaning);
  const ofTypes = TYPES * meaning;
  return both.map((score, document) => (1 - ofTypes) * score + ofTypes * types[document]!);
}
