import { random } from '../../../../models/random.ts';
import { LIMITS } from '../../../../schemas/limits.ts';
import { Product, ShopEvent } from '../../../../schemas/topics/events.ts';
import fc from '../../../properties.ts';
import { anyEvent, DAY_MS, T0, withholding } from '../events.ts';

/** A small shop: its catalogue, what is sent in the order in which it comes, and who asks in between. */
export interface DrawnShop {
  items: readonly string[];
  /** Without a title: withdrawn. */
  catalogue: readonly (Product | { item: string; at_ms: number })[];
  /** What an archive has of before the first arrival. */
  imported: readonly ShopEvent[];
  arrivals: readonly ShopEvent[];
  asks: readonly DrawnAsk[];
  /** Of all that happens beside: who works when, who ends, and what is kept. */
  seed: number;
}

export interface DrawnAsk {
  /** After so many arrivals. */
  after: number;
  user: string;
  session: string;
  query: string;
  /** From the newest event that has come, or before it: what is dated ahead by less than five minutes is let in. */
  later_ms: number;
}

const ITEMS = ['a', 'b', 'c', 'd'] as const;
const USERS = ['u', 'v', 'w'] as const;
const TITLES = ['Red pot, red lid', 'Théière ROUGE: pot', '2 red lamps', '–', 'ПЛЕД 2-red'];

const KINDS = [
  ...(['impression', 'click', 'view', 'cart', 'purchase', 'share', 'rating'] as const),
  ...(['follow', 'unfollow', 'unfollow', 'search'] as const),
];

/** So many of one kind that what keeps the last 8, 16 or 24 of them forgets some, slowly or in a flood. */
const spree: fc.Arbitrary<ShopEvent[]> = fc
  .record({
    type: fc.constantFrom(...KINDS),
    many: fc.integer({ min: 9, max: 40 }),
    step_ms: fc.constantFrom(1, 400, 60_000, 1_800_000),
    ago_ms: fc.oneof(fc.nat(2 * DAY_MS), fc.nat(600_000)),
    user: fc.constantFrom(...USERS, 'many' as const),
    item: fc.constantFrom('a', 'b'),
    query: fc.option(fc.constantFrom('red pot', 'Été  '), { nil: undefined }),
  })
  .map(({ type, many, step_ms, ago_ms, user, item, query }) =>
    Array.from({ length: many }, (_, n) => {
      const who = n % 3 === 0 && type !== 'unfollow' ? USERS[(n / 3) % 3]! : `p${n % 20}`;
      const at_ms = T0 - ago_ms - n * step_ms;
      const event = {
        v: 1,
        id: 'x',
        type,
        at_ms,
        user: user === 'many' ? (type === 'unfollow' ? 'u' : who) : user,
        session: 's1',
      };
      if (type === 'follow' || type === 'unfollow') return ShopEvent.parse({ ...event, value: who });
      if (type === 'search') return ShopEvent.parse({ ...event, query: query ?? 'cup' });
      const value = type === 'rating' || type === 'purchase' ? { value: n % 5 } : {};
      const to = type === 'share' ? { to: who } : {};
      const shown = type === 'impression' ? { list: 'l', position: n % 9 } : {};
      return ShopEvent.parse({ ...event, item, ...value, ...to, ...shown, ...(query && { query }) });
    }),
  );

/** Somebody follows one of the others, or a brand. */
const follow: fc.Arbitrary<ShopEvent> = fc
  .record({
    user: fc.constantFrom(...USERS),
    value: fc.constantFrom(...USERS, 'Aldera', 'Boro'),
    ago_ms: fc.nat(12 * DAY_MS),
  })
  .map(({ user, value, ago_ms }) => {
    const whom = value === 'Aldera' || value === 'Boro' ? ('brand' as const) : ('user' as const);
    return { v: 1, id: 'x', type: 'follow', at_ms: T0 - ago_ms, user, session: 's1', value, whom };
  });

const product = fc.record({
  title: fc.constantFrom(...TITLES),
  category: fc.constantFrom('kitchen', 'lamps'),
  brand: fc.option(fc.constantFrom('Aldera', 'Boro'), { nil: undefined }),
  price: fc.option(fc.constantFrom(0, 12.5, 40), { nil: undefined }),
  currency: fc.constantFrom(undefined, 'EUR', 'USD', 'CHF', 'SEK'),
  is: fc.constantFrom('there', 'there', 'there', 'withdrawn', 'never seen'),
});

const ask = fc.record({
  after: fc.nat(),
  user: fc.constantFrom(...USERS, ...USERS, 'nobody'),
  session: fc.constantFrom('s1', 's1', 's2', 'new'),
  query: fc.constantFrom('', 'red pot', ' Red POT', 'été'),
  later_ms: fc.oneof(
    fc.integer({ min: -LIMITS.future_ms, max: LIMITS.future_ms }),
    fc.nat(3_600_000),
    fc.nat(9 * DAY_MS),
  ),
});

export const someShop: fc.Arbitrary<DrawnShop> = fc
  .record({
    events: fc.array(anyEvent, { minLength: 1, maxLength: 50 }),
    follows: fc.array(follow, { maxLength: 6 }),
    sprees: fc.array(spree, { maxLength: 3 }),
    withheld: fc.array(fc.nat(), { maxLength: 6 }),
    /** Of a coarse clock many events are of one moment. */
    clock_ms: fc.constantFrom(1, 1, 1, 600_000),
    /** How much later than others an event may come. */
    late_ms: fc.constantFrom(0, 3_600_000, 20 * DAY_MS),
    copies: fc.nat(12),
    /** Of three events so many are of before, and were imported. */
    before: fc.constantFrom(0, 1, 2),
    products: fc.tuple(product, product, product, product),
    asks: fc.array(ask, { minLength: 3, maxLength: 3 }),
    seed: fc.nat(),
  })
  .map(({ events, follows, sprees, withheld, clock_ms, late_ms, copies, before, products, asks, seed }) => {
    const all = [...events, ...follows, ...sprees.flat()].map((event, n): ShopEvent => {
      return { ...event, id: `e${n}`, at_ms: event.at_ms - (event.at_ms % clock_ms) };
    });
    const { uniform, below } = random(seed);
    const told = withholding(all, withheld).sort((a, b) => a.at_ms - b.at_ms);
    const first = Math.floor((told.length * before) / 3);
    const ordered = told
      .slice(first)
      .map(event => ({ event, comes_ms: event.at_ms + uniform() * late_ms }))
      .sort((a, b) => a.comes_ms - b.comes_ms)
      .map(({ event }) => event);
    return {
      items: ITEMS,
      catalogue: products.flatMap(({ is, ...told }, n): DrawnShop['catalogue'] => {
        const of = { item: ITEMS[n]!, at_ms: T0 - 20 * DAY_MS };
        if (is === 'never seen') return [];
        return is === 'withdrawn' ? [of] : [Product.parse(JSON.parse(JSON.stringify({ v: 1, ...of, ...told })))];
      }),
      imported: told.slice(0, first),
      arrivals: withCopies(ordered, copies, below),
      asks,
      seed,
      [fc.toStringMethod]: () => `a shop of ${all.length} events`,
    };
  });

/** With copies anywhere behind their events, where these are still among the last that their user's state remembers. */
function withCopies(events: readonly ShopEvent[], many: number, below: (n: number) => number): ShopEvent[] {
  const all = [...events];
  for (let n = 0; n < many; n++) {
    const first = below(events.length);
    const event = events[first]!;
    const from = all.indexOf(event);
    const reach = all.findIndex((_, place) => {
      const between = all.slice(from + 1, place).filter(({ user }) => user === event.user);
      return place > from && between.length >= LIMITS.seen_events_per_user - many;
    });
    const to = reach < 0 ? all.length : reach;
    all.splice(from + 1 + below(to - from), 0, { ...event });
  }
  return all;
}

/** The same shop under names of its own, so that many have room in one archive. */
export function named({ items, catalogue, imported, arrivals, asks, seed }: DrawnShop, shop: string): DrawnShop {
  const own = (name: string) => `${shop}${name}`;
  const ownEvent = (event: ShopEvent) => {
    const named: Record<string, unknown> = { ...event, user: own(event.user) };
    if ('item' in event) named.item = own(event.item);
    if ('to' in event && event.to) named.to = own(event.to);
    if ((event.type === 'follow' || event.type === 'unfollow') && event.whom !== 'brand')
      named.value = own(event.value);
    return named as ShopEvent;
  };
  return {
    seed,
    items: items.map(own),
    catalogue: catalogue.map(each => ({ ...each, item: own(each.item) })),
    imported: imported.map(ownEvent),
    arrivals: arrivals.map(ownEvent),
    asks: asks.map(each => ({ ...each, user: own(each.user) })),
  };
}
