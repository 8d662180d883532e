import { LIMITS } from '../../../schemas/limits.ts';
import { ShopEvent } from '../../../schemas/topics/events.ts';
import fc from '../../properties.ts';

export const T0 = 1_700_000_000_000;
export const DAY_MS = 86_400_000;

const TYPES = ['impression', 'view', 'click', 'cart', 'purchase', 'return', 'dismiss', 'rating', 'share'] as const;
const ABOUT_PEOPLE = ['follow', 'unfollow'] as const;

/** An event that a shop may send, until T0 and up to twelve days before, more often lately. */
export const anyEvent: fc.Arbitrary<ShopEvent> = fc
  .record({
    n: fc.nat(1e9),
    type: fc.constantFrom(...TYPES, ...ABOUT_PEOPLE, 'search' as const),
    ago_ms: fc.oneof(fc.nat(12 * DAY_MS), fc.nat(DAY_MS), fc.nat(3_600_000)),
    item: fc.constantFrom('a', 'b', 'c', 'd'),
    user: fc.constantFrom('u', 'v', 'w'),
    session: fc.constantFrom('s1', 's2', 's3'),
    position: fc.option(fc.nat(30), { nil: undefined }),
    query: fc.option(fc.constantFrom('red pot', ' Red  POT', 'été'), { nil: undefined }),
    value: fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }),
    whom: fc.constantFrom('u', 'v', 'w', 'brand' as const),
  })
  .map(({ n, type, ago_ms, item, position, query, value, whom, ...of }) => {
    const event = { v: 1, id: `e${n}-${ago_ms}`, type, at_ms: T0 - ago_ms, ...of }; // an id of its own, as its moment is
    if (type === 'search') return { ...event, query: query ?? 'cup' };
    if (type === 'follow' || type === 'unfollow')
      return { ...event, ...(whom === 'brand' ? { value: 'Aldera', whom } : { value: whom }) };
    const on = { ...event, item, list: 'l', ...(query && { query }) };
    if (type === 'share' && whom !== 'brand') return { ...on, to: whom };
    if (type === 'rating') return { ...on, value: value ?? 3 };
    if (type === 'impression') return { ...on, position: position ?? 0 };
    return { ...on, ...(position !== undefined && { position }), ...(type === 'purchase' && { value }) };
  })
  .map(event => ShopEvent.parse(JSON.parse(JSON.stringify(event))));

/** Events, each once, at moments of their own: at one moment, which of two counts as newer is nobody's business. */
export const someEvents = fc.uniqueArray(anyEvent, {
  selector: event => event.at_ms,
  minLength: 1,
  maxLength: 60,
});

/** With as many clicks of one user within seconds as a script can make, at moments of their own, in the midst of the others. */
export const withFlood: fc.Arbitrary<ShopEvent[]> = fc
  .record({
    events: someEvents,
    clicks: fc.integer({ min: 20, max: 60 }),
    step_ms: fc.constantFrom(50, 300, 450, 2_000),
    user: fc.constantFrom('u', 'v'),
    item: fc.constantFrom('a', 'b'),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ events, clicks, step_ms, user, item, at }) => {
    const taken = new Set(events.map(({ at_ms }) => at_ms));
    const flood = Array.from({ length: clicks }, (_, n): ShopEvent => {
      const at_ms = T0 - 300_000 + n * step_ms;
      return { v: 1, id: `flood${n}`, type: 'click', at_ms, user, session: 's1', item, list: 'l' };
    }).filter(({ at_ms }) => !taken.has(at_ms));
    const place = Math.floor(at * events.length);
    return [...events.slice(0, place), ...flood, ...events.slice(place)];
  });

/** The same events, of some of which their users allow no features, or no training. */
export function withholding(events: readonly ShopEvent[], draws: readonly number[]): ShopEvent[] {
  const withheld = new Map(
    draws.map(n => [n % events.length, { personalisation: n % 3 === 0, training: n % 2 === 0 }]),
  );
  return events.map((event, n) => (withheld.has(n) ? ShopEvent.parse({ ...event, consent: withheld.get(n) }) : event));
}

/** Those that count for items, by the words of the rule: a user's, in their order, but for those that are too fast. */
export function countingForItems(events: readonly ShopEvent[]): ShopEvent[] {
  return events.filter(({ user, at_ms }, n) => {
    const before = events
      .slice(0, n)
      .filter(each => each.user === user && 'item' in each && each.type !== 'impression');
    const dates = before.map(each => each.at_ms).sort((a, b) => b - a);
    return dates.length < 24 || dates[23]! <= at_ms - 10_000;
  });
}

/** Copies that come behind these events, each of one that its user's state still remembers: others count once more. */
export function copiesBehind(events: readonly ShopEvent[], draws: readonly number[]): ShopEvent[] {
  const remembered = events.filter(({ user }, n) => {
    const later = events.slice(n + 1).filter(each => each.user === user);
    return later.length < LIMITS.seen_events_per_user;
  });
  return draws.map(n => remembered[n % remembered.length]!);
}

/** The same events in another order. */
export function reordered<T>(events: readonly T[], order: Iterator<number>): T[] {
  return events
    .map(event => ({ event, at: order.next().value as number }))
    .sort((a, b) => a.at - b.at)
    .map(({ event }) => event);
}
