import { top } from '../retrieval/top.ts';
import type { Contents } from './contents.ts';
import { eachHistory, type Scorer } from './scorer.ts';

/** What neighbours by content look at. */
export type Described = Pick<Contents, 'vocabulary' | 'most' | 'tokens'>;

export interface ContentOptions {
  /** So many of the newest events of a history count, */
  readonly newest: number;
  /** each this times as much as the one after it. */
  readonly decay: number;
}

/**
 * Items that are described as those of the history are: the cosines of their tokens, each weighted by the logarithm of
 * how few items have it (Salton and Buckley, "Term-weighting approaches in automatic text retrieval", 1988).
 */
export function contentNeighbours(contents: Described, { newest, decay }: ContentOptions): Scorer {
  const { most, tokens, vocabulary } = contents;
  const items = tokens.length / most;
  const weights = cosineWeights(contents);
  const placesOf = placesByToken(contents);
  const wanted = new Float32Array(vocabulary.length);

  return eachHistory(items, (history, row) => {
    wanted.fill(0);
    let share = 1;
    for (let event = history.length - 1; event >= Math.max(0, history.length - newest); event--) {
      const first = history[event]! * most;
      for (let at = first; at < first + most; at++) wanted[tokens[at]!]! += share * weights[at]!;
      share *= decay;
    }
    for (let token = 1; token < wanted.length; token++) {
      const weight = wanted[token]!;
      if (weight > 0) for (const at of placesOf[token]!) row[Math.floor(at / most)]! += weight * weights[at]!;
    }
  });
}

/** The cosine of the tokens of two items, weighted likewise. */
export function contentSimilarity(contents: Described): (a: number, b: number) => number {
  const { most, tokens } = contents;
  const weights = cosineWeights(contents);
  return (a, b) => {
    let sum = 0;
    for (let at = a * most; at < (a + 1) * most && tokens[at]! > 0; at++) {
      for (let other = b * most; other < (b + 1) * most; other++) {
        if (tokens[at] === tokens[other]) sum += weights[at]! * weights[other]!;
      }
    }
    return sum;
  };
}

/** Items that are described alike, with the cosines of their tokens, the most alike first. */
export interface Alike {
  readonly items: Int32Array;
  readonly cosines: Float32Array;
}

/**
 * Finds the items that are most like one that is not among them, by its tokens.
 *
 * @param most so many of them
 */
export function findAlike(contents: Described, most: number): (tokens: readonly string[]) => Alike {
  const { vocabulary, tokens } = contents;
  const items = tokens.length / contents.most;
  const weights = cosineWeights(contents);
  const placesOf = placesByToken(contents);
  const numbers = new Map(vocabulary.map((token, number) => [token, number]));
  return described => {
    const cosines = new Float32Array(items);
    let squares = 0;
    for (const token of [...new Set(described)].slice(0, contents.most)) {
      const places = placesOf[numbers.get(token) ?? 0]!;
      const weight = places.length === 0 ? 0 : rarity(items, places.length);
      squares += weight ** 2;
      for (const at of places) cosines[Math.floor(at / contents.most)]! += weight * weights[at]!;
    }
    const { documents, scores } = top(cosines, most);
    const alike = scores.findIndex(score => score <= 0);
    const found = alike < 0 ? scores.length : alike;
    return {
      items: documents.subarray(0, found),
      cosines: scores.subarray(0, found).map(sum => sum / Math.sqrt(squares)),
    };
  };
}

/** [items, most]: of each item a vector of length 1. */
function cosineWeights({ vocabulary, most, tokens }: Described): Float32Array {
  const items = tokens.length / most;
  const counts = new Float32Array(vocabulary.length);
  for (const token of tokens) counts[token]!++;
  const weights = Float32Array.from(tokens, token => (token > 0 ? rarity(items, counts[token]!) : 0));
  for (let item = 0; item < items; item++) {
    const own = weights.subarray(item * most, (item + 1) * most);
    const length = Math.hypot(...own);
    if (length > 0) for (let k = 0; k < most; k++) own[k]! /= length;
  }
  return weights;
}

/** What a token counts that so many of the items have. */
function rarity(items: number, having: number): number {
  return Math.log(1 + items / having);
}

/** Of each token the places in `tokens` where it stands; of 0, which is none, no place. */
function placesByToken({ vocabulary, tokens }: Described): number[][] {
  const places: number[][] = Array.from(vocabulary, () => []);
  for (const [at, token] of tokens.entries()) if (token > 0) places[token]!.push(at);
  return places;
}
