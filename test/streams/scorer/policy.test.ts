import { describe, expect, it } from 'vitest';
import { ListPolicy } from '../../../schemas/policies/policy.ts';
import type { ProductInput } from '../../../schemas/topics/events.ts';
import type { RecentEvent } from '../../../schemas/topics/features.ts';
import type { RankRequest } from '../../../schemas/topics/ranking.ts';
import { Memory } from '../../../streams/scorer/memory/memory.ts';
import { admissible, armOf, placeItems, rulesOf, withPins } from '../../../streams/scorer/policy.ts';

const T0 = 1_700_000_000_000;
const request = (more: Partial<RankRequest> = {}): RankRequest => ({
  ...{ v: 1, id: 'r', at_ms: T0, user: 'u', session: 's', surface: 'home', count: 3 },
  ...more,
});
const items = ['a', 'b', 'c', 'd', 'e'];
const scores = Float32Array.of(1, 5, 3, 2, 4);
const NOBODY = { exploration: 0, control: 0 };

/** A shop with these products; what is not said of them is the same for all. */
function shop(products: Record<string, Partial<ProductInput>>): Memory {
  const memory = new Memory();
  for (const [item, more] of Object.entries(products)) {
    const value = Buffer.from(JSON.stringify({ v: 1, item, at_ms: T0, title: item, category: 'c', ...more }));
    memory.apply('shop.catalogue', 0, { key: item, value, offset: 0, timestamp_ms: T0 });
  }
  return memory;
}

/** What the user did, newest first. */
function did(...deeds: readonly [type: RecentEvent['type'], item: string, ago_ms?: number][]) {
  return deeds.map(([type, item, ago_ms = 0], n) => ({ id: n, item, type, at_ms: T0 - ago_ms, session: 0 }));
}

interface Case {
  policy?: Partial<ListPolicy>;
  asked?: Partial<RankRequest>;
  memory?: Memory;
  recent?: RecentEvent[];
  arm?: 'champion' | 'explore' | 'control' | 'fallback';
  exploration?: number;
}

/** The list of items a to e by their scores under a policy, with notes. */
function listOf({ policy, asked, memory = shop({}), recent = [], arm = 'champion', exploration = 0 }: Case) {
  const which = request(asked);
  const rules = rulesOf(which, ListPolicy.parse(policy ?? {}), recent);
  const shares = { exploration, control: 0 };
  const { places, propensity, notes } = placeItems({ arm, request: which, items, scores, shares, rules, memory });
  return {
    items: places.map(({ index }) => items[index]!).join(''),
    notes: Object.fromEntries([...notes].map(([index, note]) => [items[index]!, note])),
    propensities: places.map(place => place.propensity),
    propensity,
  };
}

describe('arms', () => {
  it('keep their shares, and one request has the same arm again', () => {
    const shares = { exploration: 0.2, control: 0.1 };
    const arms = Array.from({ length: 20_000 }, (_, n) =>
      armOf(request({ id: `r${n}`, user: `u${n % 5_000}` }), shares),
    );
    const share = (arm: string) => arms.filter(a => a === arm).length / arms.length;
    expect(share('control')).toBeCloseTo(0.1, 1);
    expect(share('explore')).toBeCloseTo(0.9 * 0.2, 1);
    expect(armOf(request({ id: 'r7', user: 'u7' }), shares)).toBe(arms[7]);
  });
});

describe('an order', () => {
  it('is by score, and needs no words', () => {
    expect(listOf({})).toEqual({ items: 'bec', notes: {}, propensities: [1, 1, 1], propensity: 1 });
  });

  it('has pins at their places, of two at one place that of the request, and none beyond the end', () => {
    const policy = {
      pins: [
        { item: 'd', position: 1 },
        { item: 'a', position: 0 },
        { item: 'c', position: 7 },
      ],
    };
    const asked = { pins: [{ item: 'e', position: 0 }] };
    expect(listOf({ policy, asked })).toMatchObject({ items: 'edb', notes: { e: 'pinned', d: 'pinned' } });
    expect(listOf({ policy, asked, arm: 'control' })).toMatchObject({ items: 'edb' });
  });

  it('puts what was bought last, where the shop has not said otherwise', () => {
    const recent = did(['click', 'b'], ['purchase', 'b'], ['dismiss', 'e'], ['click', 'c']);
    expect(listOf({ recent, asked: { count: 5 } })).toMatchObject({
      items: 'cdabe',
      notes: { b: 'moved down: bought lately', e: 'moved down: dismissed lately' },
    });
    expect(listOf({ recent, policy: { bought: 'keep', dismissed: 'keep' } }).items).toBe('bec');
    expect(listOf({ recent, policy: { clicked: 'demote' }, asked: { count: 5 } }).items).toBe('dabec');
    const long = did(['purchase', 'b', 31 * 86_400_000]);
    expect(listOf({ recent: long }).items).toBe('bec');
  });

  it('has no more of a brand or a category than the shop says, as long as there are others', () => {
    const memory = shop({
      b: { brand: 'X' },
      e: { brand: 'X' },
      c: { brand: 'X' },
      d: { brand: 'Y', category: 'd' },
      a: { category: 'd' },
    });
    expect(listOf({ memory, policy: { most_per_brand: 2 } })).toMatchObject({
      items: 'bed',
      notes: { c: 'moved down: more than 2 of brand X' },
    });
    expect(listOf({ memory, policy: { most_per_brand: 1 }, asked: { count: 5 } })).toMatchObject({
      items: 'bdaec',
      notes: { e: 'moved down: more than 1 of brand X', c: 'moved down: more than 1 of brand X' },
    });
    expect(listOf({ memory, policy: { most_per_category: 1 }, asked: { count: 5 } }).items).toBe('bdeca');
    const pins = [{ item: 'c', position: 2 }];
    expect(listOf({ memory, policy: { most_per_brand: 1, pins } }).items).toBe('dac');
  });

  it('gains diversity for score, and says so', () => {
    const memory = shop({ b: {}, e: {}, c: { category: 'x' }, d: { category: 'y' }, a: {} });
    // Scores from 0 to 1 are b 1, e .75, c .5, d .25: c without a likeness is better than e with one.
    expect(listOf({ memory, policy: { diversity: 0.3 } })).toEqual({
      items: 'bce',
      notes: { c: 'moved up: unlike what stands above', e: 'moved down: like what stands above' },
      propensities: [1, 1, 1],
      propensity: 1,
    });
    expect(listOf({ memory, policy: { diversity: 0.6 } }).items).toBe('bcd');
    expect(listOf({ memory, policy: { diversity: 0.05 } }).items).toBe('bec');
    const pins = [{ item: 'a', position: 0 }];
    expect(listOf({ memory, policy: { diversity: 0.6, pins } }).items).toBe('acd');
  });

  it('of the control group is by popularity and hard rules alone', () => {
    const memory = shop({ b: { brand: 'X' }, e: { brand: 'X' } });
    const policy = { most_per_brand: 1, diversity: 0.9 };
    expect(listOf({ memory, policy, recent: did(['purchase', 'b']), arm: 'control' })).toMatchObject({
      items: 'bec',
      notes: {},
    });
  });
});

describe('hard rules', () => {
  const memory = shop({ a: {}, b: { available: false }, c: {}, d: {} });
  memory.apply('shop.catalogue', 0, { key: 'd', value: null, offset: 1, timestamp_ms: T0 });
  const candidates = items.map(item => ({ item, reason: 'requested', relevance: 0 }));
  const left = (policy: Partial<ListPolicy>, asked: Partial<RankRequest> = {}, recent: RecentEvent[] = []) => {
    const which = request({ candidates: items, ...asked });
    const rules = rulesOf(which, ListPolicy.parse(policy), recent);
    const found = admissible(which, withPins(candidates, rules, memory), rules, memory);
    return { items: found.left.map(({ item }) => item).join(''), removed: found.removed };
  };

  it('remove what is out of stock, was withdrawn, or is excluded, and count it; what was never heard of stays', () => {
    expect(left({})).toEqual({ items: 'ace', removed: { out_of_stock: 1, withdrawn: 1 } });
    expect(left({ out_of_stock: 'keep', exclude: ['a'] }, { exclude: ['c'] })).toEqual({
      items: 'be',
      removed: { excluded: 2, withdrawn: 1 },
    });
  });

  it('remove what was bought, where the shop says so', () => {
    const recent = did(['purchase', 'a'], ['click', 'c']);
    expect(left({ bought: 'remove' }, {}, recent)).toMatchObject({ items: 'ce', removed: { bought: 1 } });
    expect(left({}, {}, recent).items).toBe('ace');
  });

  it('add what is pinned, unless a rule removes it or the request brings other candidates', () => {
    const pinned = (candidates?: string[]) => {
      const which = request({
        ...(candidates ? { candidates } : {}),
        pins: [
          { item: 'c', position: 0 },
          { item: 'b', position: 1 },
        ],
      });
      const rules = rulesOf(which, ListPolicy.parse({ pins: [{ item: 'a', position: 2 }] }), []);
      const all = withPins([{ item: 'e', reason: 'popular', relevance: 0 }], rules, memory);
      return admissible(which, all, rules, memory).left.map(({ item, reason }) => `${item} ${reason}`);
    };
    expect(pinned()).toEqual(['e popular', 'c pinned', 'a pinned']);
    expect(pinned(['e'])).toEqual(['e popular', 'c pinned']);
  });

  it('leave what was shown as it stood', () => {
    const shown = [{ item: 'b', position: 0, propensity: null }];
    expect(left({ exclude: items }, { shown }).removed).toEqual({});
  });
});

describe('propensities', () => {
  const memory = shop({ b: { brand: 'X' }, e: { brand: 'X' }, c: { category: 'x' } });
  const policy = { pins: [{ item: 'a', position: 1 }], most_per_brand: 1, diversity: 0.3 };
  const RUNS = 5_000;
  const exploration = 0.5;

  it.each([
    ['without rules', {}, 5 * 4 * 3],
    ['with a pin, a cap, diversity and a demotion', { memory, policy, recent: did(['purchase', 'c']) }, 4 * 3],
  ])(
    'of places and of whole lists are exact %s: they are those of all lists together, and the true frequencies',
    (_name, rest, lists) => {
      const places = new Map<string, number>();
      const slates = new Map<string, { stated: number; seen: number; places: string[] }>();
      for (let n = 0; n < RUNS; n++) {
        const asked = { id: `run${n}` };
        const arm = armOf(request(asked), { exploration, control: 0 }) as 'champion' | 'explore';
        const list = listOf({ ...rest, asked, arm, exploration });
        const named = [...list.items].map((item, position) => `${item}@${position}`);
        for (const [position, place] of named.entries()) places.set(place, list.propensities[position]!);
        const slate = slates.get(list.items) ?? { stated: list.propensity!, seen: 0, places: named };
        slate.seen += 1 / RUNS;
        expect(list.propensity).toBe(slate.stated);
        slates.set(list.items, slate);
      }
      // Every list that can be shown was: so their probabilities add up to 1, and each place's to what it states.
      expect(slates.size).toBe(lists);
      expect([...slates.values()].reduce((sum, { stated }) => sum + stated, 0)).toBeCloseTo(1, 12);
      for (const { stated, seen } of slates.values()) expect(seen).toBeCloseTo(stated, 1.3);
      for (const [place, propensity] of places) {
        const having = [...slates.values()].filter(slate => slate.places.includes(place));
        expect(
          having.reduce((sum, { stated }) => sum + stated, 0),
          place,
        ).toBeCloseTo(propensity, 12);
      }
    },
  );

  it('are those that the shop had, where the list was already shown', () => {
    const shown = [{ item: 'c', position: 2, propensity: 0.3 }];
    const which = request({ shown });
    const rules = rulesOf(which, ListPolicy.parse({ pins: [{ item: 'a', position: 0 }] }), []);
    expect(rules.pins).toEqual([]);
    const placed = placeItems({
      ...{ arm: 'recorded', request: which, items: ['c'], scores: Float32Array.of(1) },
      ...{ shares: NOBODY, rules, memory },
    } as const);
    expect(placed).toMatchObject({ places: [{ index: 0, position: 2, propensity: 0.3 }], propensity: null });
  });

  it('of a list of pins alone are 1', () => {
    const pins = ['a', 'b', 'c'].map((item, position) => ({ item, position }));
    expect(listOf({ policy: { pins }, arm: 'explore', exploration: 1 })).toMatchObject({
      items: 'abc',
      propensities: [1, 1, 1],
      propensity: 1,
    });
  });
});
