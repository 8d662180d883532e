import type { TextEncoder } from '../text.ts';
import type { Pair } from './pairs.ts';

/** How well queries find their texts among all of them; see `retrieval`. */
export interface Retrieval {
  queries: number;
  texts: number;
  /** The share of queries whose own text is the nearest. */
  recall_at_1: number;
  /** The mean of 1 / rank of a query's first own text. */
  mrr: number;
}

/**
 * Ranks all different texts of the pairs for each different query, by cosine. A query may have several texts of its
 * own; the best placed one counts. Equal cosines count against it.
 */
export async function retrieval(encoder: TextEncoder, pairs: readonly Pair[]): Promise<Retrieval> {
  const texts = [...new Set(pairs.map(({ text }) => text))];
  const queries = [...new Set(pairs.map(({ query }) => query))];
  const places = new Map(texts.map((text, place) => [text, place]));
  const own = new Map<string, number[]>();
  for (const { query, text } of pairs) own.set(query, [...(own.get(query) ?? []), places.get(text)!]);

  const asked = await encoder.encode(queries, 'query');
  const found = await encoder.encode(texts, 'passage');
  const ranks = queries.map((query, row) => {
    const scores = texts.map((_, place) => dot(asked, row, found, place, encoder.width));
    const mine = new Set(own.get(query));
    const best = Math.max(...[...mine].map(place => scores[place]!));
    return 1 + scores.filter((score, place) => score >= best && !mine.has(place)).length;
  });
  return {
    queries: queries.length,
    texts: texts.length,
    recall_at_1: mean(ranks.map(rank => Number(rank === 1))),
    mrr: mean(ranks.map(rank => 1 / rank)),
  };
}

function dot(a: Float32Array, row: number, b: Float32Array, place: number, width: number): number {
  let sum = 0;
  for (let k = 0; k < width; k++) sum += a[row * width + k]! * b[place * width + k]!;
  return sum;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}
