import type { Surface } from './lane.ts';
import { likeFound, words } from './lanes.ts';

/**
 * A query: products that have its words, and behind these, where they are few, products that read like the first of
 * them. Whatever the champion knows of users, it doesn't know the query.
 */
export const SEARCH: Surface = {
  candidates: 200,
  order: 'relevance',
  lanes: [
    { reason: 'words', most: 200, find: words },
    { reason: 'like:text', most: 60, weight: 0.2, find: likeFound('text') },
  ],
};
