import type { Ranked } from '../../../models/retrieval/top.ts';

const K = 10;

/** Best first. */
type Documents = Pick<Ranked, 'documents'>;

/** Means over queries. */
export interface FoundTypes {
  queries: number;
  /** Share of queries whose first product is of the right type. */
  'recall@1': number;
  /** Share of queries that have a product of the right type among the first ten. */
  'recall@10': number;
  /** Products of the right type among the first ten, of as many as there can be. */
  'precision@10': number;
  /** 1 / rank of the first product of the right type, 0 where it is not among those found. */
  mrr: number;
}

/** What each query found. */
type Found = Omit<FoundTypes, 'queries'>;

/** How well products of the right type were found. @param right the products that are right, by query */
export function foundTypes(rankings: readonly Documents[], right: readonly ReadonlySet<number>[]): FoundTypes {
  const each = foundEach(rankings, right);
  const mean = (name: keyof Found) => each.reduce((sum, one) => sum + one[name], 0) / each.length;
  return {
    queries: each.length,
    'recall@1': mean('recall@1'),
    'recall@10': mean('recall@10'),
    'precision@10': mean('precision@10'),
    mrr: mean('mrr'),
  };
}

/** The same of each query. */
export function foundEach(rankings: readonly Documents[], right: readonly ReadonlySet<number>[]): Found[] {
  return rankings.map(({ documents }, query) => {
    const hits = Array.from(documents, document => right[query]!.has(document));
    const first = hits.indexOf(true);
    const among = hits.slice(0, K).filter(Boolean).length;
    return {
      'recall@1': Number(first === 0),
      'recall@10': Number(among > 0),
      'precision@10': among / Math.min(K, right[query]!.size),
      mrr: first < 0 ? 0 : 1 / (first + 1),
    };
  });
}
