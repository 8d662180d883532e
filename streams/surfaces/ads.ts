import { nearestAmong } from '../../models/retrieval/vectors/near.ts';
import type { Modality } from '../../schemas/topics/vectors.ts';
import type { Ask, Lane, LaneSurface } from './lane.ts';
import { expectedNext, fresh, inLikedCategories, likedOf, popular, RECENCY, takenTogether, touched } from './lanes.ts';

/** So many of what a lane knows are looked through for what is advertised. */
const REACH = 500;

/**
 * Ads: of what campaigns advertise, what fits the user, by the ways in which `home` finds items; what fits everybody
 * counts half. What is found here may take part in the auction of the list (streams/ads/sale.ts).
 */
export const ADS: LaneSurface = {
  candidates: 100,
  order: 'champion',
  lanes: [
    { reason: 'next', most: 40, find: advertised(expectedNext) },
    { reason: 'seen', most: 24, find: advertised(touched) },
    { reason: 'together', most: 40, find: advertised(takenTogether) },
    { reason: 'like:text', most: 40, find: advertisedLike('text') },
    { reason: 'like:image', most: 40, find: advertisedLike('image') },
    { reason: 'category', most: 40, find: advertised(inLikedCategories) },
    { reason: 'popular', most: 40, weight: 0.5, find: advertised(popular) },
    { reason: 'fresh', most: 20, weight: 0.5, find: advertised(fresh) },
  ],
};

function advertised(find: Lane['find']): Lane['find'] {
  return ask => find(ask, REACH).filter(item => ask.memory.market.isAdvertised(item));
}

/** There are few ads for one product: they are compared with all of them, not with the nearest of all products. */
function advertisedLike(modality: Modality): Lane['find'] {
  return (ask: Ask, most) => {
    const liked = likedOf(ask);
    const { vectors, market } = ask.memory;
    const near = nearestAmong(vectors, modality, liked, {
      recency: RECENCY,
      among: market.items,
      most: most + liked.length,
    });
    return near.filter(item => !liked.includes(item));
  };
}
