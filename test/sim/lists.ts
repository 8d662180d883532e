import type { RankedList } from '../../schemas/topics/ranking.ts';
import type { Item } from './items.ts';
import type { User } from './world.ts';

/** A list as the scorer would send it, for tests that have no scorer. */
export function asList(
  items: readonly Pick<Item, 'item'>[],
  { user }: Pick<User, 'user'>,
  rest: Partial<RankedList> = {},
): RankedList {
  return {
    v: 1,
    id: `list of ${user}`,
    at_ms: 1_700_000_000_000,
    user,
    session: `session of ${user}`,
    surface: 'home',
    model: 'test',
    arm: 'champion',
    features_version: 'test',
    candidates: items.length,
    history: [],
    index: {},
    items: items.map(({ item }, position) => ({
      item,
      position,
      score: -position,
      propensity: null,
      reason: 'test',
      features: [],
    })),
    spent_ms: { queue: 0, candidates: 0, features: 0, score: 0 },
    ...rest,
  };
}
