import type { WordIndex } from '../../../../models/retrieval/words.ts';
import { hybrid, type Shares } from '../../../../models/search/hybrid.ts';
import { judgedOf } from '../figures.ts';
import type { SearchedCatalogue, WordSetting } from '../searched.ts';
import { askedQuery } from '../signals.ts';
import { type MadeQuery, makeQueries } from './queries.ts';

/** A choice by its place among all, and the NDCG@10 that it has on the queries that it was chosen by. */
interface Choice {
  readonly choice: number;
  readonly 'ndcg@10': number;
}

export interface Chosen {
  readonly queries: number;
  readonly bm25: Choice;
  /** Of the words' settings, each with all shares, one after the other. */
  readonly hybrid: Choice;
  /** The place of the words' setting that is in it. */
  readonly words: number;
}

/** Queries of each way to make one. */
const OF_EACH = 60;
/** So many of the best answers are among the candidates, whoever finds them. */
const NAMED = 10;

/**
 * Settings that are the best for queries made of the catalogue: nobody's judgements are looked at. What the titles of
 * products say no kind of is passed over (`judgedOf`).
 */
export async function chooseSettings(
  catalogue: SearchedCatalogue,
  bm25: readonly WordIndex[],
  words: readonly WordSetting[],
  shares: readonly Shares[],
): Promise<Chosen> {
  const made = makeQueries(catalogue.products, OF_EACH);
  const vectors = await catalogue.encode(made.map(({ query }) => query));
  const sums = { bm25: new Float64Array(bm25.length), hybrid: new Float64Array(words.length * shares.length) };
  for (const [place, query] of made.entries()) {
    const asked = askedQuery(catalogue, query, vectors[place]!, { bm25, words }, bestOf(query));
    for (const [at, scores] of asked.bm25.entries()) sums.bm25[at]! += judgedOf(asked, scores) / made.length;
    for (let at = 0; at < sums.hybrid.length; at++) {
      const signals = asked.signals[Math.floor(at / shares.length)]!;
      sums.hybrid[at]! += judgedOf(asked, hybrid(signals, shares[at % shares.length]!)) / made.length;
    }
  }
  const best = bestAt(sums.hybrid);
  return {
    queries: made.length,
    bm25: bestAt(sums.bm25),
    hybrid: best,
    words: Math.floor(best.choice / shares.length),
  };
}

function bestOf({ grades, judged }: MadeQuery): Int32Array {
  return judged.toSorted((a, b) => grades[b]! - grades[a]!).subarray(0, NAMED);
}

/** The first of the greatest. */
function bestAt(sums: Float64Array): Choice {
  const greatest = Math.max(...sums);
  return { choice: sums.indexOf(greatest), 'ndcg@10': greatest };
}
