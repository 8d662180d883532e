import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addTo,
  countAt,
  countsAt,
  type HalfLifeCount,
  ITEM_COUNTS,
  USER_COUNTS,
} from '../../../models/features/counts.ts';
import { applyToUser } from '../../../models/features/users.ts';
import type { ShopEvent } from '../../../schemas/events.ts';
import type { Counts, UserState } from '../../../schemas/features.ts';
import { LIMITS } from '../../../schemas/limits.ts';

const T0 = 1_700_000_000_000;
const DAY_MS = 86_400_000;

const anyEvent: fc.Arbitrary<ShopEvent> = fc
  .record({
    n: fc.nat(1e9),
    type: fc.constantFrom('impression', 'view', 'click', 'cart', 'purchase', 'dismiss'),
    ago_ms: fc.nat(3 * DAY_MS),
    item: fc.constantFrom('a', 'b', 'c'),
  })
  .map(({ n, type, ago_ms, item }) => ({
    v: 1,
    id: `e${n}`,
    type: type as 'impression',
    at_ms: T0 - ago_ms,
    user: 'u',
    session: 's',
    item,
    list: 'l',
    position: 0,
  }));
const distinctEvents = fc.uniqueArray(anyEvent, { selector: event => event.id, minLength: 1, maxLength: 40 });

/** The definition, as it is written: a sum over all events. */
function naive(events: readonly ShopEvent[], count: HalfLifeCount, now_ms: number): number {
  return events
    .filter(event => count.types.includes(event.type))
    .reduce((sum, event) => sum + 2 ** (-(now_ms - event.at_ms) / count.halfLife_ms), 0);
}

const reduceUser = (events: readonly ShopEvent[]) =>
  events.reduce<UserState | undefined>((state, event) => applyToUser(state, event) ?? state, undefined);

describe('half-life counts', () => {
  it('equal their definition, whatever the order of the events', () => {
    fc.assert(
      fc.property(distinctEvents, fc.nat(DAY_MS), (events, later_ms) => {
        const now_ms = T0 + later_ms;
        const start: Counts = { at_ms: events[0]!.at_ms, sums: [] };
        const state = events.reduce((s, event) => addTo(s, ITEM_COUNTS, event), start);
        for (const [index, count] of ITEM_COUNTS.entries()) {
          const wanted = naive(events, count, now_ms);
          expect(countsAt(state, ITEM_COUNTS, now_ms)[index]).toBeCloseTo(wanted, 9);
          expect(Math.abs(countAt(state, ITEM_COUNTS, index, now_ms) - wanted)).toBeLessThan(1e-9 * (1 + wanted));
        }
      }),
    );
  });

  it('are zero for who was never seen', () => {
    expect(countAt(undefined, USER_COUNTS, 0, T0)).toBe(0);
  });
});

describe("a user's state", () => {
  it('is the same for every order of the same events', () => {
    fc.assert(
      fc.property(distinctEvents, fc.infiniteStream(fc.nat()), (events, order) => {
        const shuffled = [...events].map(event => ({ event, at: order.next().value as number }));
        shuffled.sort((a, b) => a.at - b.at);
        const one = reduceUser(events)!;
        const other = reduceUser(shuffled.map(({ event }) => event))!;
        expect(other.recent).toEqual(one.recent);
        expect(other.at_ms).toBe(one.at_ms);
        for (const [index, sum] of one.sums.entries()) expect(other.sums[index]).toBeCloseTo(sum, 9);
      }),
    );
  });

  it('sees a duplicate by its id and does not count it', () => {
    fc.assert(
      fc.property(distinctEvents, fc.nat(), (events, pick) => {
        const state = reduceUser(events)!;
        const again = events.slice(-LIMITS.seen_events_per_user)[
          pick % Math.min(events.length, LIMITS.seen_events_per_user)
        ]!;
        expect(applyToUser(state, again)).toBeUndefined();
      }),
    );
  });

  it('keeps the newest events on items, and no impressions', () => {
    const many = Array.from({ length: 100 }, (_, n): ShopEvent => {
      const type = n % 2 ? 'click' : 'impression';
      return { v: 1, id: `e${n}`, type, at_ms: T0 + n, user: 'u', session: 's', item: `i${n}`, list: 'l', position: 0 };
    });
    const state = reduceUser(many)!;
    expect(state.recent).toHaveLength(LIMITS.recent_events_per_user);
    expect(state.recent[0]!.item).toBe('i99');
    expect(state.recent.every(event => event.type === 'click')).toBe(true);
  });
});
