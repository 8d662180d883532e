import { bootstrap, type Interval } from '../../../models/evaluate/bootstrap.ts';
import { ndcg } from '../../../models/evaluate/metrics.ts';
import { pairedPermutation } from '../../../models/evaluate/permutation.ts';
import { top } from '../../../models/retrieval/top.ts';
import { beyondAccuracy, type Catalogue, type ListFigures, meanOf } from '../beyond-accuracy.ts';
import type { AskedQuery } from './signals.ts';

const K = 10;

/**
 * NDCG@10 of each query: over the whole catalogue, where what nobody judged counts as not relevant; and over the judged
 * products alone, which does not punish a ranking for what it brings up and nobody looked at (Sakai, "Alternatives to
 * Bpref", SIGIR 2007).
 */
export interface Qualities {
  readonly whole: Float64Array;
  readonly judged: Float64Array;
  /** The share of the first ten that somebody judged: where it is low, `whole` says little. */
  readonly known: Float64Array;
  /** The first ten of each query, as places in the catalogue; several times where queries were dealt several times. */
  readonly lists: readonly (readonly Int32Array[])[];
}

export type Difference = Interval & { p_value: number };

export function qualityOf(asked: readonly AskedQuery[], scoresOf: (query: AskedQuery) => Float32Array): Qualities {
  const scored = asked.map(query => {
    const scores = scoresOf(query);
    return { ...query, scores, first: top(scores, K).documents };
  });
  return {
    whole: Float64Array.from(scored, ({ scores, grades }) => ndcg(scores, grades, K)!),
    judged: Float64Array.from(scored, query => judgedOf(query, query.scores)),
    known: Float64Array.from(scored, ({ first, judged }) => {
      const known = new Set(judged);
      return first.filter(document => known.has(document)).length / first.length;
    }),
    lists: [scored.map(({ first, places }) => first.map(document => places[document]!))],
  };
}

/** `Qualities.judged` of one query. */
export function judgedOf({ grades, judged }: AskedQuery, scores: Float32Array): number {
  const [among, labels] = [new Float32Array(judged.length), new Uint8Array(judged.length)];
  for (let place = 0; place < judged.length; place++) {
    among[place] = scores[judged[place]!]!;
    labels[place] = grades[judged[place]!]!;
  }
  return ndcg(among, labels, K)!;
}

/** `Qualities.whole` alone. */
export function wholeOf(asked: readonly AskedQuery[], scores: readonly Float32Array[]): Float64Array {
  return Float64Array.from(asked, ({ grades }, query) => ndcg(scores[query]!, grades, K)!);
}

export interface SearchFigures {
  'ndcg@10': number;
  'judged_ndcg@10': number;
  'judged_share@10': number;
  lists: ListFigures;
}

/** Means over queries, and what the lists are like, as means over deals. */
export function figuresOf({ whole, judged, known, lists }: Qualities, catalogue: Catalogue): SearchFigures {
  const variety = meanOf(lists.map(each => beyondAccuracy(each, catalogue)));
  return { 'ndcg@10': mean(whole), 'judged_ndcg@10': mean(judged), 'judged_share@10': mean(known), lists: variety };
}

/** How much better the one is than the other on the same queries. */
export function compared(one: Qualities, other: Qualities): Record<'whole' | 'judged', Difference> {
  const difference = (gains: Float64Array) => ({
    ...intervalOf(gains),
    p_value: pairedPermutation(gains, { seed: 1 }),
  });
  return {
    whole: difference(one.whole.map((quality, query) => quality - other.whole[query]!)),
    judged: difference(one.judged.map((quality, query) => quality - other.judged[query]!)),
  };
}

/** The mean of what was gained by query, with its bootstrap interval. */
export function intervalOf(gains: Float64Array): Interval {
  const statistic = (times: Uint32Array) => gains.reduce((sum, gain, query) => sum + gain * times[query]!, 0);
  const { value, low, high } = bootstrap(gains.length, statistic, { seed: 1, resamples: 10_000 })!;
  return { value: value / gains.length, low: low / gains.length, high: high / gains.length };
}

function mean(numbers: Float64Array): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}
