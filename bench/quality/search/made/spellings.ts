import { ndcg } from '../../../../models/evaluate/metrics.ts';
import { hybrid, type Signals } from '../../../../models/search/hybrid.ts';
import { SEARCH_SETTINGS } from '../../../../models/search/search.ts';

/** Queries, each written in several ways that mean the same. */
export interface SpeltQueries<Spelling extends string> {
  readonly queries: readonly { texts: Readonly<Record<Spelling, string>>; grades: Uint8Array }[];
  /** The products that have grades. */
  readonly judged: Int32Array;
}

/** What was found for a query, by places in the catalogue. */
export interface FoundPlaces extends Signals {
  readonly places: readonly number[];
}

const K = 10;

/** NDCG@10 over the judged products, by words as they are served, for each way to write the queries. */
export function foundBySpelling<Spelling extends string>(
  { queries, judged }: SpeltQueries<Spelling>,
  search: (text: string) => FoundPlaces,
): Partial<Record<Spelling, number>> {
  const sums: Partial<Record<Spelling, number>> = {};
  for (const { texts, grades } of queries) {
    const labels = Uint8Array.from(judged, place => grades[place]!);
    for (const [spelling, text] of Object.entries(texts) as [Spelling, string][]) {
      const found = search(text);
      const ranked = hybrid(found, SEARCH_SETTINGS.meaning);
      const scores = new Float32Array(grades.length).fill(-1);
      for (const [at, place] of found.places.entries()) scores[place] = ranked[at]!;
      const among = Float32Array.from(judged, place => scores[place]!);
      sums[spelling] = (sums[spelling] ?? 0) + ndcg(among, labels, K)! / queries.length;
    }
  }
  return sums;
}
