import { isAffordable } from '../../models/retrieval/vectors/near.ts';
import { findProducts } from '../../models/search/search.ts';
import type { Ask, Candidate, QuerySurface } from './lane.ts';

/**
 * A query: products that have its words, and those that mean the same by their vectors, in one order. Whatever the
 * champion knows of users, it doesn't know the query. Without a vector of the query, or of another encoder than the
 * products', it goes by words alone.
 */
export const SEARCH: QuerySurface = { candidates: 200, order: 'relevance', find: found };

function found({ request, memory, queryVector }: Ask, most: number): Candidate[] {
  const { words, vectors } = memory;
  const isUsable = queryVector?.encoder === vectors.encoders.of('text') && isAffordable(vectors, 'text');
  const { items, scores, byMeaning } = findProducts(
    { text: request.query ?? '', vector: isUsable ? queryVector?.vector : undefined },
    { words, vectors: vectors.index('text') },
    most,
  );
  return items.map((item, place) => ({
    item,
    reason: byMeaning[place] ? 'meaning' : 'words',
    relevance: scores[place]!,
  }));
}
