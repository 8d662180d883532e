import { chance, named, sample } from './draws.ts';
import type { User, World } from './world.ts';

/** Whom a user follows, and which brands. */
export interface Circle {
  people: readonly string[];
  brands: readonly string[];
}

const FOLLOWING = 0.5;
const ACQUAINTANCES = 80;
const FEWEST = 4;
const MOST = 12;

/**
 * Half of the users follow others: those of their acquaintances, who are drawn, whose tastes are most like theirs. It is
 * drawn from a stream of its own, so that a shop with circles has the items and tastes of one without.
 */
export function circlesOf(world: World): ReadonlyMap<string, Circle> {
  const random = named(world.seed, 'who follows whom');
  return new Map(
    world.users.flatMap((user): [string, Circle][] => {
      if (!chance(FOLLOWING, random)) return [];
      const many = FEWEST + Math.floor(random.uniform() * (MOST - FEWEST + 1));
      const known = sample(world.users, ACQUAINTANCES, random).filter(other => other !== user);
      const alike = known.map(other => ({ other, by: likeness(user, other) })).sort((a, b) => b.by - a.by);
      const brands = sample([...user.brands], 1 + Math.floor(random.uniform() * 2), random);
      return [[user.user, { people: alike.slice(0, many).map(({ other }) => other.user), brands }]];
    }),
  );
}

/** How much two have in common of what no field of a product tells, and of categories. */
export function likeness(a: User, b: User): number {
  let categories = 0;
  for (const [category, interest] of a.categories) categories += interest * (b.categories.get(category) ?? 0);
  const shared = (of: (user: User) => ReadonlySet<string>) => [...of(a)].filter(each => of(b).has(each)).length;
  return (
    2 * categories +
    shared(user => user.occasions) +
    shared(user => user.patterns) +
    shared(user => user.linings) +
    0.5 * shared(user => user.brands)
  );
}
