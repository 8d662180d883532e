import type { QueryFit } from '../../../../models/features/vector.ts';
import type { Graded, Learner } from './learned.ts';

/** The score to begin with, per unit of relevance beside the best one's; so steep is a softmax that tells ten from sixty. */
const STEEPNESS = 10;
/** How strongly weights are drawn to 0, and with them the order to that of relevance. */
const RIDGE = 0.1;
/** The most relevant candidates of a query, among which it learns. */
const AMONG = 60;
const [STEPS, RATE] = [250, 2];
/** See `rowsOf`. */
const FEATURES = 4;

/**
 * A linear ranker of the same features that is drawn to the order by relevance: what a few dozen queries can teach. The
 * loss is the cross-entropy of gains and a softmax over a query's candidates (Cao et al., "Learning to rank: from pairwise
 * approach to listwise approach", ICML 2007), which gradient descent brings to its one least.
 */
export const drawn: Learner = async queries => {
  const lists = queries.flatMap(query => listOf(query) ?? []);
  const weights = new Float64Array(FEATURES);
  for (let step = 0; step < STEPS; step++) {
    const gradient = gradientOf(lists, weights);
    for (let k = 0; k < weights.length; k++) {
      weights[k]! -= (RATE * (gradient[k]! + RIDGE * weights[k]!)) / (1 + RATE * RIDGE);
    }
  }
  return async fits => rowsOf(fits).map(row => scoreOf(row, weights));
};

interface List {
  rows: number[][];
  /** Shares of the gains. */
  wanted: number[];
}

function listOf(query: readonly Graded[]): List | undefined {
  const best = query.toSorted((a, b) => b.fit.relevance - a.fit.relevance).slice(0, AMONG);
  const all = best.reduce((sum, { gain }) => sum + gain, 0);
  if (all === 0) return undefined;
  return { rows: rowsOf(best.map(({ fit }) => fit)), wanted: best.map(({ gain }) => gain / all) };
}

/** The features of a query's candidates, the first of them relevance as a share of the best one's. */
function rowsOf(fits: readonly QueryFit[]): number[][] {
  const best = Math.max(...fits.map(({ relevance }) => relevance));
  return fits.map(({ relevance, words, meaning, title }) => [relevance / best, words, meaning, title]);
}

function scoreOf(row: readonly number[], weights: Float64Array): number {
  return row.reduce((sum, x, k) => sum + weights[k]! * x, STEEPNESS * row[0]!);
}

/** Of the mean loss. */
function gradientOf(lists: readonly List[], weights: Float64Array): Float64Array {
  const gradient = new Float64Array(weights.length);
  for (const { rows, wanted } of lists) {
    const scores = rows.map(row => scoreOf(row, weights));
    const greatest = Math.max(...scores);
    const odds = scores.map(score => Math.exp(score - greatest));
    const all = odds.reduce((sum, each) => sum + each, 0);
    for (const [n, row] of rows.entries()) {
      const off = (odds[n]! / all - wanted[n]!) / lists.length;
      for (let k = 0; k < gradient.length; k++) gradient[k]! += off * row[k]!;
    }
  }
  return gradient;
}
