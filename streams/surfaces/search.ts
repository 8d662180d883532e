import { isAffordable } from '../../models/retrieval/vectors/near.ts';
import { answerSearch } from '../../models/search/answer.ts';
import { FLOOR } from '../../models/search/search.ts';
import { SearchOptions } from '../../schemas/topics/search.ts';
import type { Ask, Proposed, QuerySurface } from './lane.ts';

/**
 * A query: products that have its words, and those that mean the same by their vectors, in one order, within the filters
 * that its words and the request say. A champion of `search` puts them in order by what it knows of users, items and how well they
 * fit; one of another surface doesn't know the query. Without a vector of the query, or of another encoder than the products', it goes by words alone.
 */
export const SEARCH: QuerySurface = { candidates: 200, order: 'relevance', find: found };

const AS_USUAL = SearchOptions.parse({});

function found({ request, memory, queryVector }: Ask, most: number): Proposed {
  const { words, vectors, learned, popular } = memory;
  const { query = '', search = AS_USUAL } = request;
  if (search.suggest !== undefined) {
    return { candidates: [], search: { suggestions: learned.suggest(query, search.suggest) } };
  }
  const isUsable = queryVector?.encoder === vectors.encoders.of('text') && isAffordable(vectors, 'text');
  const vector = isUsable ? queryVector?.vector : undefined;
  const shop = {
    ...{ words, vectors: vectors.index('text'), learned, popular },
    popularIn: (category: string) => memory.popularIn(category),
  };
  const { found, told } = answerSearch({ ...search, query, vector }, shop, most);
  const reasonOf = (place: number) => {
    if (told.rescue === 'popular') return 'popular';
    return found.byMeaning[place] ? 'meaning' : 'words';
  };
  // What is shown because it is popular fits the query no better or worse than the rest of it.
  const least = told.rescue === 'popular' ? 0 : FLOOR * (found.scores[0] ?? 0);
  const candidates = found.items.map((item, place) => {
    const relevance = found.scores[place]!;
    const [words, meaning, title] = [found.words[place]!, found.cosines[place]!, found.titles[place]!];
    const fit = { relevance, words, meaning, title };
    return { item, reason: reasonOf(place), relevance, fit, isFar: relevance < least };
  });
  return { candidates, search: told };
}
