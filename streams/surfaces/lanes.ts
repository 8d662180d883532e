import { followedBy } from '../../models/features/following.ts';
import { hash32 } from '../../models/hash.ts';
import { random } from '../../models/random.ts';
import { nearTo } from '../../models/retrieval/vectors/near.ts';
import type { Modality } from '../../schemas/topics/vectors.ts';
import { knownOf } from '../scorer/memory/known.ts';
import type { Ask } from './lane.ts';

/*
 * Ways to find candidates, for the tables of the surfaces. Each gives items best first; what is not available is left
 * out afterwards.
 */

/** So many of the categories that the user likes the most. */
const CATEGORIES = 5;
/** The k-th newest item of a history counts RECENCY^k in its mean vector. */
export const RECENCY = 0.8;

/** What the user touched, but for what was disliked. */
export function touched({ taste }: Ask): string[] {
  return [...taste.item].flatMap(([item, weight]) => (weight > 0 ? [item] : []));
}

/** What the champion expects next, where it is one that says so. */
export function expectedNext({ next = [] }: Ask): readonly string[] {
  return next;
}

/** What others took near to what the user took. */
export function takenTogether(ask: Ask, most: number): string[] {
  return ask.memory.rules.following(likedOf(ask), most);
}

/** What looks or reads like what the user took: near to the mean vector of the newest. */
export function like(modality: Modality): (ask: Ask, most: number) => readonly string[] {
  return (ask, most) => {
    const liked = likedOf(ask);
    return nearTo(ask.memory.vectors, modality, liked, RECENCY, most + liked.length).filter(
      item => !liked.includes(item),
    );
  };
}

/** What is clicked the most in the categories that the user likes, in turns. */
export function inLikedCategories({ memory, taste }: Ask, most: number): string[] {
  const liked = [...taste.category]
    .filter(([, share]) => share > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, CATEGORIES);
  return inTurns(
    liked.map(([category]) => memory.popularIn(category)),
    most,
  );
}

/** What people whom the user follows took lately, some of them together. */
export function byPeople({ memory, request }: Ask): string[] {
  return memory.followed.takenBy(followedBy(knownOf(request, memory)));
}

export function popular({ memory }: Ask): readonly string[] {
  return memory.popular;
}

export function fresh({ memory }: Ask): readonly string[] {
  return memory.fresh;
}

/** Any products, so that each is shown at some time: drawn anew for each request. */
export function byChance({ memory, request }: Ask, most: number): string[] {
  const { below } = random(hash32(`chance/${request.id}`));
  const { available } = memory;
  if (available.size === 0) return [];
  return [...new Set(Array.from({ length: most }, () => available.at(below(available.size))))];
}

/** Items of the user's recent events, newest first, each once, without those that were disliked. */
export function likedOf({ recent, taste }: Ask): string[] {
  return [...new Set(recent.map(({ item }) => item))].filter(item => (taste.item.get(item) ?? 0) > 0);
}

/** The first of each list, then the second of each, and so on. */
function inTurns(lists: readonly (readonly string[])[], most: number): string[] {
  const taken: string[] = [];
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  for (let place = 0; place < longest && taken.length < most; place++) {
    for (const list of lists) if (place < list.length) taken.push(list[place]!);
  }
  return taken;
}
