import type { ProductWords } from '../retrieval/live/product-words.ts';
import { top } from '../retrieval/top.ts';
import type { Nearest, VectorIndex } from '../retrieval/vectors/vector-index.ts';
import { hybrid, type Signals } from './hybrid.ts';

/** What is looked through. */
export interface Searched {
  /** Of all that may be found. */
  readonly words: ProductWords;
  /** Of products' texts, by the encoder that makes vectors of queries; absent where there are none to compare with. */
  readonly vectors: VectorIndex | undefined;
}

export interface Query {
  readonly text: string;
  /** Of length 1; absent where nobody made one. */
  readonly vector?: Float32Array | undefined;
}

export interface SearchSettings {
  /** See `LiveWords`. */
  readonly k1: number;
  readonly coverage: number;
  /** See `hybrid`. */
  readonly meaning: number;
}

/** What live searches go by. */
export const SEARCH_SETTINGS: SearchSettings = { k1: 0.8, coverage: 1, meaning: 0.2 };

/** Candidates with what a search knows of them. */
export interface Candidates extends Signals {
  readonly items: readonly string[];
}

/** Products found for a query, best first. */
export interface FoundProducts {
  readonly items: readonly string[];
  readonly scores: Float32Array;
  /** Which of them have no word of the query. */
  readonly byMeaning: readonly boolean[];
}

/** The products that answer a query best: candidates by words and by vectors, put in order by all that is known of them. */
export function findProducts(
  query: Query,
  searched: Searched,
  most: number,
  settings = SEARCH_SETTINGS,
): FoundProducts {
  const candidates = candidatesOf(query, searched, most, settings);
  const best = top(hybrid(candidates, settings.meaning), most);
  const places = [...best.documents];
  return {
    items: places.map(place => candidates.items[place]!),
    scores: best.scores,
    byMeaning: places.map(place => candidates.words[place] === 0),
  };
}

/**
 * The `most` best by words and the `most` nearest by vectors.
 *
 * @param also items that are to be among them, whatever is known of them
 */
export function candidatesOf(
  { text, vector }: Query,
  { words, vectors }: Searched,
  most: number,
  { k1, coverage }: Pick<SearchSettings, 'k1' | 'coverage'>,
  also: readonly string[] = [],
): Candidates {
  const near = vector && vectors?.nearest(vector, most);
  const found = words.search(text, most, { also: near ? near.items.concat(also) : also, k1, coverage });
  const { items, scores } = found;
  return { items, words: scores, cosines: near && cosinesOf(vector!, vectors!, near, items) };
}

/** Those of the nearest are known: what words did not find of them stands behind, in their order. */
function cosinesOf(vector: Float32Array, vectors: VectorIndex, near: Nearest, items: readonly string[]): Float32Array {
  const cosines = new Float32Array(items.length);
  let unknown = items.length;
  for (let place = near.items.length - 1; place >= 0 && unknown > 0; place--) {
    if (near.items[place] === items[unknown - 1]) cosines[--unknown] = near.scores[place]!;
  }
  cosines.set(vectors.products(vector, items.slice(0, unknown)));
  return cosines;
}
