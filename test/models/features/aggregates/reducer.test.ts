import { describe, expect, it } from 'vitest';
import { AGGREGATIONS } from '../../../../models/features/aggregates/aggregations.ts';
import type { Entity } from '../../../../models/features/aggregates/declarations.ts';
import { AGGREGATES } from '../../../../models/features/aggregates/defaults.ts';
import { factOf } from '../../../../models/features/aggregates/facts.ts';
import { apply, type Cells, noCells, REDUCERS, valuesAt } from '../../../../models/features/aggregates/reducer.ts';
import { applyToUser, changeOf, noUser } from '../../../../models/features/states.ts';
import { hash53 } from '../../../../models/hash.ts';
import { LIMITS } from '../../../../schemas/limits.ts';
import type { ShopEvent } from '../../../../schemas/topics/events.ts';
import fc from '../../../properties.ts';
import { countingForItems, DAY_MS, reordered, someEvents, T0, withFlood } from '../events.ts';
import { naive } from './naive.ts';

const ENTITIES = ['user', 'item'] as const;
const random = fc.infiniteStream(fc.nat());

function reduced(entity: Entity, events: Iterable<ShopEvent>): Cells {
  const state = noCells(REDUCERS[entity]);
  for (const event of events) apply(REDUCERS[entity], state, factOf(event));
  return state;
}

function named(entity: Entity, state: Cells | undefined, now_ms: number): Record<string, number> {
  const { declared } = REDUCERS[entity];
  const values = valuesAt(REDUCERS[entity], state, now_ms, new Float64Array(declared.length));
  return Object.fromEntries(declared.map(({ name }, n) => [name, values[n]!]));
}

/** Which features differ by more than rounding. */
function wrong(got: Record<string, number>, wanted: Record<string, number>): string[] {
  return Object.entries(wanted)
    .filter(([name, value]) => !(Math.abs(got[name]! - value) <= 1e-9 * (1 + Math.abs(value))))
    .map(([name, value]) => `${name}: ${got[name]} instead of ${value}`);
}

describe.each(ENTITIES)('the features of a %s', entity => {
  const declared = AGGREGATES.filter(({ of }) => of === entity);

  it('are what their definitions say, in any order of the events', () => {
    fc.assert(
      fc.property(someEvents, random, fc.nat(9 * DAY_MS), (events, order, later_ms) => {
        const now_ms = T0 + later_ms;
        const wanted = Object.fromEntries(declared.map(each => [each.name, naive(each, events, now_ms)]));
        expect(wrong(named(entity, reduced(entity, reordered(events, order)), now_ms), wanted)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('are their defaults for who was never seen', () => {
    const wanted = Object.fromEntries(declared.map(each => [each.name, each.default]));
    expect(wrong(named(entity, undefined, T0), wanted)).toEqual([]);
    expect(wrong(named(entity, noCells(REDUCERS[entity]), T0), wanted)).toEqual([]);
  });
});

describe('an aggregation', () => {
  it.each(Object.keys(AGGREGATIONS))('%s is used by a feature of the default set, so that it is tested', kind => {
    expect(AGGREGATES.map(({ aggregate }) => aggregate.kind as string)).toContain(kind);
  });
});

const click = (n: number, more: Partial<ShopEvent> = {}): ShopEvent => {
  const on = { user: 'u', session: 's', item: `i${n}` };
  return { v: 1, id: `e${n}`, type: 'click', at_ms: T0 + n * 1_000, ...on, ...more } as ShopEvent;
};

describe('lateness', () => {
  it('is told: in order, late and counted, or so late that it is out of a window for ever', () => {
    const item = noCells(REDUCERS.item);
    const told = [0, -60, -3_600 * 1.2, -3_600 * 1.6].map(seconds =>
      apply(REDUCERS.item, item, factOf(click(0, { at_ms: T0 + seconds * 1_000 }))),
    );
    expect(told).toEqual(['in order', 'late', 'too late', 'too late']);
    expect(named('item', item, T0)['item.clicks.1h']).toBe(2);
    expect(named('item', item, T0)['item.clicks.1d']).toBeCloseTo(
      1 + 2 ** (-60 / 86_400) + 2 ** -0.05 + 2 ** -0.0667,
      3,
    );
  });

  it('of a shop that is a day behind harms nobody else, and of one that is ahead within what is allowed loses nothing', () => {
    const [early, item] = [noCells(REDUCERS.item), noCells(REDUCERS.item)];
    const clicks = Array.from({ length: 50 }, (_, n) => click(n, { at_ms: T0 - n * 70_000 }));
    for (const event of clicks) apply(REDUCERS.item, early, factOf(event));
    apply(REDUCERS.item, item, factOf(click(99, { at_ms: T0 + LIMITS.future_ms })));
    for (const event of clicks) apply(REDUCERS.item, item, factOf(event));
    apply(REDUCERS.item, item, factOf(click(98, { at_ms: T0 - DAY_MS })));
    expect(named('item', item, T0)['item.clicks.1h']).toBe(named('item', early, T0)['item.clicks.1h']! + 1);
  });
});

describe("a user's state", () => {
  it('sees a copy by its id and does not count it', () => {
    const user = noUser();
    for (let n = 0; n < 100; n++) expect(applyToUser(user, changeOf(click(n)))).toBe('in order');
    const before = structuredClone(user);
    for (let n = 100 - LIMITS.seen_events_per_user; n < 100; n++)
      expect(applyToUser(user, changeOf(click(n)))).toBe('duplicate');
    expect(user).toEqual(before);
  });

  it('says which events are too fast to count for items, as the rule says in words', () => {
    fc.assert(
      fc.property(withFlood, events => {
        const users = new Map<string, ReturnType<typeof noUser>>();
        const counting = events.filter(event => {
          const user = users.get(event.user) ?? noUser();
          users.set(event.user, user);
          return applyToUser(user, changeOf(event)) !== 'too fast';
        });
        expect(counting).toEqual(countingForItems(events));
      }),
      { numRuns: 60 },
    );
    const flooding = noUser();
    const flood = Array.from({ length: 1_000 }, (_, n) => click(n, { at_ms: T0 + n }));
    const outcomes = flood.map(event => applyToUser(flooding, changeOf(event)));
    expect(outcomes.filter(outcome => outcome === 'in order')).toHaveLength(LIMITS.recent_events_per_user);
    const back = click(2_000, { at_ms: T0 - DAY_MS });
    expect(applyToUser(flooding, changeOf(back))).toBe('too fast'); // and so it is where the flood is dated back
    expect(applyToUser(flooding, changeOf(click(2_001, { at_ms: T0 + 1_000 + LIMITS.pace_ms })))).toBe('in order');
  });

  it('keeps the newest events on items, in any order, and no impressions', () => {
    fc.assert(
      fc.property(random, order => {
        const all = Array.from({ length: 60 }, (_, n) => click(n, n % 3 === 0 ? { type: 'impression' } : {}));
        const user = noUser();
        for (const event of reordered(all, order)) applyToUser(user, changeOf(event));
        const wanted = all.filter(({ type }) => type === 'click').toReversed();
        expect(user.recent.map(({ id }) => id)).toEqual(
          wanted.slice(0, LIMITS.recent_events_per_user).map(({ id }) => hash53(id)),
        );
      }),
      { numRuns: 20 },
    );
  });
});
