import type { LaneSurface } from './lane.ts';
import {
  byChance,
  byPeople,
  expectedNext,
  fresh,
  inLikedCategories,
  like,
  popular,
  takenTogether,
  touched,
} from './lanes.ts';

/** Recommendation: from what the user did, from what others do, and from what is new. */
export const HOME: LaneSurface = {
  candidates: 200,
  order: 'champion',
  lanes: [
    { reason: 'next', most: 60, find: expectedNext },
    { reason: 'seen', most: 24, find: touched },
    { reason: 'together', most: 60, find: takenTogether },
    { reason: 'like:text', most: 60, find: like('text') },
    { reason: 'like:image', most: 60, find: like('image') },
    { reason: 'people', most: 40, find: byPeople },
    { reason: 'category', most: 100, find: inLikedCategories },
    { reason: 'popular', most: 100, find: popular },
    { reason: 'fresh', most: 40, find: fresh },
    { reason: 'chance', most: 12, find: byChance },
  ],
};
