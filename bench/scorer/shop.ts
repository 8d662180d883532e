import type { ProductInput, ShopEvent } from '../../schemas/topics/events.ts';
import type { RankRequest } from '../../schemas/topics/ranking.ts';
import { toProduct } from '../../test/sim/items.ts';
import { createWorld } from '../../test/sim/world.ts';

/** As many as a request brings. */
export const CANDIDATES = 500;
const USERS = 200;
/** What a user did lately, more than states remember. */
const EVENTS = 60;
const TYPES = ['impression', 'click', 'view', 'cart', 'purchase', 'dismiss'] as const;

/** A shop all of whose items have been seen, and users with a history. */
export interface BenchShop {
  items: readonly string[];
  products: readonly ProductInput[];
  events: readonly ShopEvent[];
  /** The n-th request: all items, for the users in turns. */
  request(n: number, at_ms: number): RankRequest;
}

export function benchShop(now_ms: number): BenchShop {
  const world = createWorld({ seed: 1, items: CANDIDATES });
  const items = world.items.map(({ item }) => item);
  const event = (id: string, type: string, item: string, at_ms: number, user: string) =>
    ({ v: 1, id, type, at_ms, user, session: 's', item, list: 'l', position: 0 }) as ShopEvent;
  const seen = items.flatMap(item =>
    TYPES.map(type => event(`${item}/${type}`, type, item, now_ms - 500, `of ${item}`)),
  );
  const done = Array.from({ length: USERS * EVENTS }, (_, n) => {
    const [user, k] = [n % USERS, Math.floor(n / USERS)];
    const item = items[(user * 37 + k * 11) % items.length]!;
    return event(`e${n}`, TYPES[1 + (n % 2)]!, item, now_ms - k * 1_000, `u${user}`);
  });
  return {
    items,
    products: world.items.map(item => toProduct(item, now_ms - 1_000)),
    events: [...seen, ...done],
    request: (n, at_ms) => ({
      v: 1,
      id: `r${n}`,
      at_ms,
      user: `u${n % USERS}`,
      session: 's',
      surface: 'home',
      count: 20,
      candidates: items as string[],
    }),
  };
}
