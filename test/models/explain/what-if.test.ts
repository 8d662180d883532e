import { describe, expect, it } from 'vitest';
import { afterMore, atPrice, isKnown, madeAgain, priceTaste, withoutLast } from '../../../models/explain/what-if.ts';
import { tasteOf } from '../../../models/features/taste.ts';
import { askerOf, FEATURE_NAMES, featureVector } from '../../../models/features/vector.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { sceneOf } from './scene.ts';

/** What one user's share of the clicks is can't be told from the vector, and stays. */
const NOT_TOLD = ['item.top_users'];
/** Events of a second's beginning have faded a little, where the item's newest is of its end. */
const FADED = 3e-3;

describe('more clicks, purchases and ratings', () => {
  it.each([
    ['click', Number.NaN],
    ['purchase', Number.NaN],
    ['rating', 5],
    ['rating', 2],
  ] as const)('of the type %s (%f) give what the reducer gives', (type, value) => {
    for (const seed of [1, 2, 3]) {
      const { known, user, items, logged, states } = sceneOf({ seed });
      // What is an item's is as of the whole second.
      const at_ms = Math.floor(known.asked.at_ms / 1_000) * 1_000;
      const times = 3;
      const state = states.users.get(user);
      const asker = askerOf(known.asked, state, tasteOf(state, known.product), known.product);
      for (const [n, item] of items.entries()) {
        for (let each = 0; each < times; each++) {
          const by = { v: 1 as const, id: `more-${n}-${each}`, at_ms, user: `other-${each}`, session: 's', item };
          states.take((type === 'rating' ? { ...by, type, value } : { ...by, type }) as ShopEvent);
        }
        const after = featureVector(asker, { item, state: states.items.get(item), product: known.product(item) });
        const told = afterMore(logged[n]!, { type, value }, times);
        const wrong = FEATURE_NAMES.filter((name, place) => {
          return !NOT_TOLD.includes(name) && Math.abs(told[place]! - after[place]!) > FADED;
        });
        expect(wrong, `${item}, seed ${seed}`).toEqual([]);
        expect([...told]).not.toEqual([...logged[n]!]);
      }
    }
  });

  it('leave the logged row as it is', () => {
    const { logged } = sceneOf({ seed: 1 });
    const before = [...logged[0]!];
    afterMore(logged[0]!, { type: 'click', value: Number.NaN }, 2);
    expect([...logged[0]!]).toEqual(before);
  });
});

describe('another price', () => {
  it('gives the features of a product that costs so much', () => {
    const { known, user, items, logged, states } = sceneOf({ seed: 4 });
    const state = states.users.get(user);
    const product = (item: string) => {
      const found = known.product(item);
      return found && item === items[0] ? { ...found, price: found.price! * 0.7 } : found;
    };
    const asker = askerOf(known.asked, state, tasteOf(state, known.product), known.product);
    const after = featureVector(asker, {
      item: items[0]!,
      state: states.items.get(items[0]!),
      product: product(items[0]!),
    });
    const told = atPrice(logged[0]!, 0.7, priceTaste(known))!;
    for (const [place, name] of FEATURE_NAMES.entries()) expect(told[place], name).toBeCloseTo(after[place]!, 4);
  });

  it('is none where there was none', () => {
    const row = sceneOf({ seed: 4 }).logged[0]!.slice();
    row[FEATURE_NAMES.indexOf('item.log_price')] = 0;
    expect(atPrice(row, 0.9, 3)).toBeUndefined();
  });
});

describe('who asked', () => {
  it('is known where his events give what was logged, and not where one is missing', () => {
    const { known, items, logged } = sceneOf({ seed: 5 });
    expect(isKnown(known, items, logged)).toBe(true);
    expect(isKnown({ ...known, events: withoutLast(known.events, 1)! }, items, logged)).toBe(false);
    const dearer = (item: string) => {
      const found = known.product(item);
      return found && { ...found, category: 'another' };
    };
    expect(isKnown({ ...known, product: dearer }, items, logged)).toBe(false);
  });

  it('without his last products has the features of one who never looked at them', () => {
    const { known, items, logged } = sceneOf({ seed: 6 });
    const before = withoutLast(known.events, 2)!;
    const gone = known.events.filter(event => !before.includes(event));
    expect(new Set(gone.map(event => (event as { item?: string }).item)).size).toBe(2);
    expect(gone.every(({ type }) => type !== 'impression')).toBe(true);
    const again = madeAgain(known, before, items, logged);
    const clicks = FEATURE_NAMES.indexOf('user.clicks.1d');
    expect(again[0]![clicks]).toBeLessThan(logged[0]![clicks]!);
    const item = FEATURE_NAMES.indexOf('item.clicks.7d');
    expect(again.map(row => row[item])).toEqual(logged.map(row => row[item]));
  });

  it('can not lose more products than he looked at', () => {
    const { known } = sceneOf({ seed: 7 });
    expect(withoutLast(known.events, 1_000)).toBeUndefined();
    expect(withoutLast([], 1)).toBeUndefined();
  });
});
