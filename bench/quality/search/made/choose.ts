import { hybrid, type Shares } from '../../../../models/search/hybrid.ts';
import { judgedOf } from '../figures.ts';
import type { Bm25Setting, SearchedCatalogue, WordSetting } from '../searched.ts';
import { askedQuery } from '../signals.ts';
import { type MadeQuery, makeQueries } from './queries.ts';

/** What may be chosen. */
export interface Choices {
  readonly bm25: readonly Bm25Setting[];
  readonly words: readonly WordSetting[];
  readonly shares: readonly Shares[];
}

/** What was chosen, and the NDCG@10 that it has on the queries that it was chosen by. */
export interface Chosen {
  readonly queries: number;
  readonly bm25: Bm25Setting & { 'ndcg@10': number };
  readonly hybrid: WordSetting & Shares & { 'ndcg@10': number };
}

/** Queries of each way to make one. */
const OF_EACH = 100;
/** So many of the best answers are among the candidates, whoever finds them. */
const NAMED = 10;

/**
 * Settings that are the best for queries made of the catalogue: nobody's judgements are looked at. What the titles of
 * products say no kind of is passed over (`judgedOf`).
 */
export async function chooseSettings(catalogue: SearchedCatalogue, choices: Choices, seed: number): Promise<Chosen> {
  const made = makeQueries(catalogue.products, OF_EACH, seed);
  const vectors = await catalogue.encode(made.map(({ query }) => query));
  const bm25 = choices.bm25.map(catalogue.bm25);
  const pairs = choices.words.flatMap((words, at) => choices.shares.map(shares => ({ ...words, ...shares, at })));
  const sums = { bm25: new Float64Array(bm25.length), hybrid: new Float64Array(pairs.length) };
  for (const [place, query] of made.entries()) {
    const settings = { bm25, words: choices.words };
    const asked = askedQuery(catalogue, query, vectors[place]!, settings, bestOf(query));
    for (const [at, scores] of asked.bm25.entries()) sums.bm25[at]! += judgedOf(asked, scores) / made.length;
    for (const [at, pair] of pairs.entries()) {
      sums.hybrid[at]! += judgedOf(asked, hybrid(asked.signals[pair.at]!, pair)) / made.length;
    }
  }
  const { at: _, ...best } = pairs[bestAt(sums.hybrid)]!;
  return {
    queries: made.length,
    bm25: { ...choices.bm25[bestAt(sums.bm25)]!, 'ndcg@10': Math.max(...sums.bm25) },
    hybrid: { ...best, 'ndcg@10': Math.max(...sums.hybrid) },
  };
}

function bestOf({ grades, judged }: MadeQuery): Int32Array {
  return judged.toSorted((a, b) => grades[b]! - grades[a]!).subarray(0, NAMED);
}

/** The first of the greatest. */
function bestAt(sums: Float64Array): number {
  return sums.indexOf(Math.max(...sums));
}
