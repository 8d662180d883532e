import { foldsOf } from '../../../../models/evaluate/hedge.ts';
import type { QueryFit } from '../../../../models/features/vector.ts';
import { FLOOR } from '../../../../models/search/search.ts';

/** A query whose candidates somebody graded, as a ranker of searches sees it. */
export interface LearnedQuery {
  /** Of each candidate, as the list would say; nothing where the surface does not find it. */
  readonly fits: readonly (QueryFit | undefined)[];
  readonly grades: Uint8Array;
}

/** What a ranker learns from: a candidate of a query, and the gain of its grade, in [0, 1]. */
export interface Graded {
  fit: QueryFit;
  gain: number;
}

/** Learns from queries, each with its candidates. @returns scores of a query's candidates */
export type Learner = (
  queries: readonly (readonly Graded[])[],
  seed: number,
) => Promise<(fits: readonly QueryFit[]) => Promise<ArrayLike<number>>>;

export interface Dealt {
  folds: number;
  seeds: number;
}

const GREATEST = 3;
/** More than scores differ by. */
const BELOW = 1_000;

/**
 * Scores of each query by a ranker that has seen the queries of other folds alone. There are neither users nor events, so it
 * sees what the search says of candidates and nothing else.
 *
 * @returns [seeds][queries][candidates], with what hardly fits below what fits, and what was not found below all
 */
export async function learnedScores(
  asked: readonly LearnedQuery[],
  learn: Learner,
  { folds, seeds }: Dealt,
): Promise<Float32Array[][]> {
  const bySeed: Float32Array[][] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const scores = new Array<Float32Array>(asked.length);
    for (const { measured, seen } of foldsOf(asked.length, { folds, seed })) {
      const score = await learn(
        Array.from(seen, query => gradedOf(asked[query]!)),
        seed,
      );
      for (const query of measured) scores[query] = await scoresOf(asked[query]!, score);
    }
    bySeed.push(scores);
  }
  return bySeed;
}

function gradedOf({ fits, grades }: LearnedQuery): Graded[] {
  return fits.flatMap((fit, at) => (fit ? [{ fit, gain: (2 ** grades[at]! - 1) / (2 ** GREATEST - 1) }] : []));
}

async function scoresOf({ fits }: LearnedQuery, score: Awaited<ReturnType<Learner>>): Promise<Float32Array> {
  const found = fits.flatMap((fit, at) => (fit ? [{ at, fit }] : []));
  const learned = await score(found.map(({ fit }) => fit));
  const least = FLOOR * Math.max(...found.map(({ fit }) => fit.relevance));
  const scores = new Float32Array(fits.length).fill(-2 * BELOW);
  for (const [row, { at, fit }] of found.entries()) scores[at] = learned[row]! - (fit.relevance < least ? BELOW : 0);
  return scores;
}
