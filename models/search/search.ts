import type { ProductWords } from '../retrieval/live/product-words.ts';
import type { WordSearch } from '../retrieval/live/words.ts';
import { top } from '../retrieval/top.ts';
import type { VectorIndex } from '../retrieval/vectors/vector-index.ts';
import { hybrid, type Signals } from './hybrid.ts';
import { joinedSlots, NOWHERE } from './joined-slots.ts';

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

/**
 * What fits less than this share of the best one's score is kept behind what fits more, whatever a ranker says of it. A
 * product that has one of two words of a query is about there.
 */
export const FLOOR = 0.5;

/** Candidates with what a search knows of them. */
export interface Candidates extends Signals {
  readonly items: readonly string[];
  /** See `Found`. */
  readonly slots: Int32Array;
  readonly matching?: Int32Array | undefined;
  /** See `Found`. */
  readonly unknown: number;
  /** The share of the query's words that the titles of these slots have; see `Found`. */
  titled(slots: Int32Array): Float32Array;
}

/** Products found for a query, best first. */
export interface FoundProducts {
  readonly items: readonly string[];
  readonly scores: Float32Array;
  /** Which of them have no word of the query. */
  readonly byMeaning: readonly boolean[];
  /** Of each its score by words as a share of the best one's, and its cosine, 0 where it has none. */
  readonly words: Float32Array;
  readonly cosines: Float32Array;
  /** Of each the share of the query's words that its title has. */
  readonly titles: Float32Array;
  /** See `Found`. */
  readonly matching?: Int32Array | undefined;
}

/** What a search goes by beside a query. */
export interface Asked extends Pick<WordSearch, 'isFound' | 'isRespelt' | 'rewritten' | 'matching'> {
  /** By what share of itself the score of a slot's product rises, for what is preferred of it. */
  preferred?: ((slot: number) => number) | undefined;
}

/** Where filters hold, so many times as many are looked at as are wanted. */
const FILTERED_REACH = 3;

/**
 * Of a query more of whose words than this are in no product, the others are there by chance, as `de` and `red` of `regleta
 * de red blanca`: where its meaning is known, that alone says what fits.
 */
const MOSTLY_UNKNOWN = 0.5;

/** The products that answer a query best: candidates by words and by vectors, put in order by all that is known of them. */
export function findProducts(
  query: Query,
  searched: Searched,
  most: number,
  settings = SEARCH_SETTINGS,
  asked: Asked = {},
): FoundProducts {
  const candidates = withoutChance(candidatesOf(query, searched, most, settings, [], asked));
  const scores = hybrid(candidates, settings.meaning);
  if (asked.preferred) raise(scores, candidates.slots, asked.preferred);
  const best = top(scores, most);
  const { items, slots, words, cosines, matching } = candidates;
  const places = [...best.documents];
  const mostWords = words.reduce((most, score) => Math.max(most, score), 0) || 1;
  return {
    items: places.map(place => items[place]!),
    scores: best.scores,
    byMeaning: places.map(place => words[place] === 0),
    words: Float32Array.from(places, place => words[place]! / mostWords),
    cosines: Float32Array.from(places, place => cosines?.[place] || 0),
    titles: candidates.titled(Int32Array.from(places, place => slots[place]!)),
    matching,
  };
}

function withoutChance(candidates: Candidates): Candidates {
  const { cosines, unknown, words } = candidates;
  if (!cosines || unknown <= MOSTLY_UNKNOWN) return candidates;
  return { ...candidates, words: new Float32Array(words.length), matching: undefined };
}

function raise(scores: Float32Array, slots: Int32Array, preferred: (slot: number) => number): void {
  for (let place = 0; place < scores.length; place++) scores[place]! *= 1 + preferred(slots[place]!);
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
  { isFound, isRespelt = true, rewritten, matching = false }: Asked = {},
): Candidates {
  const near = vector && vectors && nearestFound(vector, vectors, most, words, isFound);
  const named = also.flatMap(item => words.slotOf(item) ?? []);
  const own = { also: Int32Array.from([...(near?.words ?? []), ...named]), k1, coverage, isFound, isRespelt, matching };
  const found = words.search(text, most, { ...own, ...(rewritten && { rewritten }) });
  const { items, scores, slots } = found;
  return {
    ...{ items, words: scores, slots, matching: found.matching, cosines: near && cosinesOf(slots, near) },
    unknown: found.unknown,
    titled: slots => found.sharesIn('title', slots),
  };
}

/** What is nearest by vectors, by its slots among the words. */
interface Near {
  words: Int32Array;
  scores: Float32Array;
  /** The product of the query with the vector of a slot among the words, NaN where it has none. */
  product(word: number): number;
}

function nearestFound(
  vector: Float32Array,
  vectors: VectorIndex,
  most: number,
  words: ProductWords,
  isFound: Asked['isFound'],
): Near {
  const joined = joinedSlots(words, vectors);
  const fits = (slot: number) => {
    const word = joined.wordOf(slot);
    return word !== NOWHERE && isFound!(word);
  };
  const near = vectors.nearest(vector, most, isFound && { isFound: fits, reach: FILTERED_REACH });
  const known = [...near.slots.keys()].filter(place => joined.wordOf(near.slots[place]!) !== NOWHERE);
  return {
    words: Int32Array.from(known, place => joined.wordOf(near.slots[place]!)),
    scores: Float32Array.from(known, place => near.scores[place]!),
    product: word => vectors.productAt(vector, joined.vectorOf(word)),
  };
}

/** Those of the nearest are known: what words did not find of them stands behind, in their order. */
function cosinesOf(slots: Int32Array, { words, scores, product }: Near): Float32Array {
  const cosines = new Float32Array(slots.length);
  let unknown = slots.length;
  for (let place = words.length - 1; place >= 0 && unknown > 0; place--) {
    if (words[place] === slots[unknown - 1]) cosines[--unknown] = scores[place]!;
  }
  for (let place = 0; place < unknown; place++) cosines[place] = product(slots[place]!);
  return cosines;
}
