import { ProductWords } from '../../../models/retrieval/live/product-words.ts';
import { VectorIndex } from '../../../models/retrieval/vectors/vector-index.ts';
import { answerSearch, type Shop } from '../../../models/search/answer.ts';
import { LearnedQueries } from '../../../models/search/learned/queries.ts';
import type { Product } from '../../../schemas/topics/events.ts';
import { SearchOptions } from '../../../schemas/topics/search.ts';

export type Made = Partial<Product> & { vector?: number[] };

/** A shop of these products; the first are the most popular ones. */
export function shopOf(products: Readonly<Record<string, Made>>): Shop {
  const words = new ProductWords();
  const width = Object.values(products).find(({ vector }) => vector)?.vector?.length ?? 2;
  const vectors = new VectorIndex(width);
  const learned = new LearnedQueries();
  for (const [item, { vector, ...made }] of Object.entries(products)) {
    words.set({ item, title: item, category: 'things', ...made });
    if (vector) vectors.set(item, Float32Array.from(vector));
  }
  const popular = Object.keys(products);
  const popularIn = (category: string) => popular.filter(item => (products[item]!.category ?? 'things') === category);
  return { words, vectors: vectors.size > 0 ? vectors : undefined, learned, popular, popularIn };
}

/** What a search finds, and what its list says. */
export function search(shop: Shop, query: string, more: Partial<SearchOptions> & { vector?: number[] } = {}) {
  const { vector, ...options } = more;
  const asked = { ...SearchOptions.parse({}), ...options, query, vector: vector && Float32Array.from(vector) };
  const { found, told } = answerSearch(asked, shop, 10);
  return { items: found.items, ...told };
}

/** So many products of a kind, that differ in their names. */
export function many(n: number, name: string, of: (n: number) => Made): Record<string, Made> {
  return Object.fromEntries(Array.from({ length: n }, (_, at) => [`${name}${at}`, of(at)]));
}
