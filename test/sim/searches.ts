import { chance, one, type Random, weighted } from './draws.ts';
import { CATEGORIES, COLOURS, type Item, MATERIALS, STYLES } from './items.ts';
import type { User, World } from './world.ts';

/** What a user types, and what he is after then. */
export interface Search {
  query: string;
  /** The user while he looks for that: keener on it, and on nothing else. */
  user: User;
  /** The shop as he sees it then: what is not what he looks for is none of his categories. */
  world: World;
}

/** How much keener a user is on what he searches for than on a category that he likes. */
const KEEN = 1.6;
const OTHER = 'not what was searched for';

/**
 * A search for something of a category that the user likes: for all of it, for a kind of thing, or for a kind with one
 * more word of a title. Words say what he is after and not which of it he would like: his tastes do.
 */
export function searchFor(world: World, user: User, random: Random): Search {
  const [liked] = weighted([...user.categories], ([, interest]) => interest, 1, random);
  const [category, , nouns] = CATEGORIES.find(([name]) => name === liked![0])!;
  const noun = one(nouns, random);
  const more = one([...STYLES, ...MATERIALS, ...COLOURS], random);
  const isAll = chance(0.4, random);
  const query = isAll ? category : chance(0.5, random) ? noun : `${more} ${noun}`;
  const isMeant = (item: Item) => item.category === category && (isAll || item.title.includes(noun));
  return {
    query,
    user: { ...user, categories: new Map([[category, KEEN]]) },
    world: {
      ...world,
      item: id => {
        const item = world.item(id);
        return item && !isMeant(item) ? { ...item, category: OTHER } : item;
      },
    },
  };
}
