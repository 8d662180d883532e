import type { Surface } from './lane.ts';
import { likeFound, words } from './lanes.ts';

/** A query: products that have its words, and products that read like the first of them. */
export const SEARCH: Surface = {
  candidates: 200,
  lanes: [
    { reason: 'words', most: 200, find: words },
    { reason: 'like:text', most: 60, find: likeFound('text') },
  ],
};
