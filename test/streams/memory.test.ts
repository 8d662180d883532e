import { describe, expect, it } from 'vitest';
import { REDUCERS, valueAt } from '../../models/features/reducer.ts';
import { applyToItem, applyToUser, noItem, noUser, writeItem, writeUser } from '../../models/features/states.ts';
import { tasteOf } from '../../models/features/taste.ts';
import { packed } from '../../models/retrieval/vectors/item-vector.ts';
import type { ProductInput, ShopEvent } from '../../schemas/events.ts';
import { ItemFeatures, UserFeatures } from '../../schemas/features.ts';
import type { RankRequest } from '../../schemas/ranking.ts';
import type { StreamRecord } from '../../streams/kafka/bus.ts';
import { Memory } from '../../streams/scorer/memory.ts';
import type { QueryVector } from '../../streams/surfaces/query-vectors.ts';
import { candidatesFor } from '../../streams/surfaces/surface.ts';

const T0 = 1_700_000_000_000;
const REQUEST: RankRequest = { v: 1, id: 'r', at_ms: T0, user: 'u', session: 's', surface: 'home', count: 20 };

let offset = 0;
function record(key: string, value: unknown): StreamRecord {
  const bytes = value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  return { key, value: bytes, offset: offset++, timestamp_ms: T0 };
}

function product(item: string, more: Partial<ProductInput> = {}): ProductInput {
  return { v: 1, item, at_ms: T0 - 1_000, title: `a ${item}`, category: 'tea', ...more };
}

/** A memory that has read these products, and these clicks of items. */
function memoryOf(products: readonly ProductInput[], clicks: Record<string, number> = {}): Memory {
  const memory = new Memory();
  for (const each of products) memory.apply('shop.catalogue', record(each.item, each));
  for (const [item, n] of Object.entries(clicks)) memory.apply('features.item', record(item, itemFeatures(item, n)));
  return memory;
}

function itemFeatures(item: string, clicks: number, at = clicks): ItemFeatures {
  const state = noItem();
  const from = { v: 1 as const, item, event_ms: T0, partition: 0, offset: at };
  for (let n = 0; n < clicks; n++) applyToItem(state, { ...from, type: 'click', at_ms: T0 });
  return ItemFeatures.parse(JSON.parse(writeItem({ item, applied: { 0: at }, event_ms: T0, state })));
}

function userFeatures(items: readonly string[], at = items.length): UserFeatures {
  const state = { ...noUser(), at_ms: T0 };
  for (const [n, item] of items.entries()) {
    const click: ShopEvent = { v: 1, id: `e${n}`, type: 'click', at_ms: T0 + n, user: 'u', session: 's', item };
    applyToUser(state, click);
  }
  return UserFeatures.parse(JSON.parse(writeUser({ user: 'u', applied: { 0: at }, event_ms: T0, state })));
}

function candidates(
  memory: Memory,
  more: Partial<RankRequest> = {},
  queryVector?: QueryVector,
): Record<string, string> {
  const user = memory.users.get('u')?.state;
  const taste = tasteOf(user, item => memory.products.get(item));
  const request = { ...REQUEST, ...more };
  const found = candidatesFor({ request, memory, recent: user?.recent ?? [], taste, queryVector });
  return Object.fromEntries(found.map(({ item, reason }) => [item, reason]));
}

describe('candidates', () => {
  it('come from what the user looked at, from the categories liked, from what is popular, and from what is new', () => {
    const many = Array.from({ length: 300 }, (_, n) => product(`plain${n}`, { category: 'other', at_ms: T0 - 9_000 }));
    const memory = memoryOf(
      [product('pot'), product('cup'), ...many, product('new', { category: 'other', at_ms: T0 - 1 })],
      Object.fromEntries(many.map(({ item }, n) => [item, 1 + (n % 7)])),
    );
    memory.apply('features.user', record('u', userFeatures(['pot'])));
    const found = candidates(memory);
    expect(found).toMatchObject({ pot: 'seen', cup: 'category', plain6: 'popular', new: 'fresh' });
    expect(Object.keys(found).length).toBeLessThanOrEqual(500);
  });

  it('are the most clicked first, and the newest first', () => {
    const products = [1, 2, 3].map(n => product(`i${n}`, { at_ms: T0 + n }));
    const memory = memoryOf(products, { i1: 5, i2: 9 });
    expect(memory.popular).toEqual(['i2', 'i1', 'i3']);
    expect(memory.fresh).toEqual(['i3', 'i2', 'i1']);
  });

  it('are never unavailable or withdrawn, whatever the source', () => {
    const memory = memoryOf([product('pot'), product('cup'), product('bag'), product('tin')], { cup: 9, bag: 9 });
    memory.apply('features.user', record('u', userFeatures(['cup', 'bag', 'tin', 'never-heard-of'])));
    expect(Object.keys(candidates(memory)).sort()).toEqual(['bag', 'cup', 'pot', 'tin']);
    memory.apply('shop.catalogue', record('cup', product('cup', { available: false })));
    memory.apply('shop.catalogue', record('bag', null));
    expect(Object.keys(candidates(memory)).sort()).toEqual(['pot', 'tin']);
    memory.apply('shop.catalogue', record('cup', product('cup')));
    expect(Object.keys(candidates(memory)).sort()).toEqual(['cup', 'pot', 'tin']);
  });

  it('are the ones that the request brings, each once, known or not', () => {
    const memory = memoryOf([product('pot'), product('cup')]);
    expect(candidates(memory, { candidates: ['cup', 'unknown', 'cup'] })).toEqual({
      cup: 'requested',
      unknown: 'requested',
    });
    const shown = [{ item: 'pot', position: 4, propensity: null }];
    expect(candidates(memory, { candidates: ['cup'], shown })).toEqual({ pot: 'recorded' });
  });

  it('are none where there are no products', () => {
    expect(candidates(new Memory())).toEqual({});
  });
});

describe("the scorer's memory", () => {
  it('moves a product from one category to another', () => {
    const memory = memoryOf([product('pot')]);
    memory.apply('shop.catalogue', record('pot', product('pot', { category: 'kitchen' })));
    expect([...memory.popularIn('tea')]).toEqual([]);
    expect([...memory.popularIn('kitchen')]).toEqual(['pot']);
  });

  it('is not changed by a record that is refused: the product stays in every source', () => {
    const memory = memoryOf([product('pot'), product('cup')]);
    for (const bad of ['{"v":1', { ...product('pot'), title: 7 }, product('pot', { at_ms: T0 + 86_400_000 })]) {
      memory.apply('shop.catalogue', record('pot', bad));
    }
    expect(memory.products.get('pot')).toMatchObject({ title: 'a pot', available: true });
    expect([...memory.popularIn('tea')].sort()).toEqual(['cup', 'pot']);
    expect([...memory.popular].sort()).toEqual(['cup', 'pot']);
  });

  it('keeps the record that contains more, whichever comes last', () => {
    const memory = new Memory();
    expect(memory.apply('features.user', record('u', userFeatures(['a', 'b'])))).toBeDefined();
    expect(memory.apply('features.user', record('u', userFeatures(['a'])))).toBeUndefined();
    expect(memory.users.get('u')!.state.recent).toHaveLength(2);
    memory.apply('features.item', record('a', itemFeatures('a', 3)));
    memory.apply('features.item', record('a', itemFeatures('a', 2)));
    expect(valueAt(REDUCERS.item, memory.items.get('a')!.state, 'item.clicks.1d', T0)).toBeCloseTo(3);
  });

  it('forgets a user or an item whose record is a tombstone', () => {
    const memory = memoryOf([], { pot: 2 });
    memory.apply('features.user', record('u', userFeatures(['pot'])));
    memory.apply('features.user', record('u', null));
    memory.apply('features.item', record('pot', null));
    expect(memory.users.size + memory.items.size).toBe(0);
  });
});

/** A record of an item's vectors by one encoder. */
function vectorRecord(item: string, values: readonly number[], encoder = 'made@1'): StreamRecord {
  const vector = { modality: 'text', encoder, hash: item, ...packed(Float32Array.from(values)) };
  return record(item, { v: 1, item, at_ms: T0, vectors: [vector] });
}

/** A record that says that the whole catalogue is encoded. */
function progressRecord(encoder = 'made@1'): StreamRecord {
  const report = { v: 1, modality: 'text', partition: 0, partitions: 1, encoder, items: 1, at_ms: T0 };
  return record(`text/0/${encoder}`, report);
}

describe('the lanes', () => {
  const others = Array.from({ length: 300 }, (_, n) => product(`plain${n}`, { category: 'other', at_ms: T0 - 9_000 }));

  it('find what others took near to what the user took, however often a record is read', () => {
    const memory = memoryOf([product('pot'), ...others]);
    const together = userFeatures(['pot', 'plain250']);
    for (let time = 0; time < 3; time++) memory.apply('features.user', record('v', { ...together, user: 'v' }));
    memory.apply('features.user', record('u', userFeatures(['pot'])));
    expect(candidates(memory)).toMatchObject({ plain250: 'together', pot: 'seen' });
    memory.apply('shop.catalogue', record('plain250', { ...others[250], available: false }));
    expect(candidates(memory)).not.toHaveProperty('plain250');
  });

  it('lead nowhere from what was dismissed', () => {
    const memory = memoryOf([product('pot'), ...others]);
    const state = userFeatures(['pot', 'plain250']).state;
    const recent = state.recent.map(event => ({ ...event, type: 'dismiss' as const }));
    memory.apply('features.user', record('v', { ...userFeatures([]), user: 'v', state: { ...state, recent } }));
    memory.apply('features.user', record('u', userFeatures(['pot'])));
    expect(candidates(memory).plain250).not.toBe('together');
  });

  it('find what reads alike as soon as the whole catalogue has vectors, by one encoder at a time', () => {
    const memory = memoryOf([product('pot'), ...others]);
    memory.apply('features.user', record('u', userFeatures(['pot'])));
    memory.apply('item.vectors', vectorRecord('pot', [1, 0, 0]));
    memory.apply('item.vectors', vectorRecord('plain260', [0.9, 0.1, 0]));
    expect(candidates(memory).plain260).not.toBe('like:text');
    memory.apply('vector.progress', progressRecord());
    expect(memory.vectors.encoders.all()).toEqual({ text: 'made@1' });
    expect(candidates(memory)).toMatchObject({ plain260: 'like:text', pot: 'seen' });
    memory.apply('item.vectors', record('plain260', null));
    expect(candidates(memory).plain260).not.toBe('like:text');
  });

  it('of a search find words of titles, brands, categories, descriptions and attributes, the best first', () => {
    const memory = memoryOf([
      product('pot', { title: 'Red teapots', description: 'for green tea' }),
      product('cup', { title: 'Red cup', brand: 'Aldera' }),
      product('box', { title: 'Box', attributes: { colour: 'crimson' }, category: 'storage' }),
    ]);
    const found = (query: string) => Object.keys(candidates(memory, { surface: 'search', query }));
    expect(found('red teapot')).toEqual(['pot', 'cup']);
    expect(found('aldera')).toEqual(['cup']);
    expect(found('CRIMSON storage')).toEqual(['box']);
    expect(found('nothing of it')).toEqual([]);
    memory.apply('shop.catalogue', record('pot', product('pot', { title: 'Kettle' })));
    memory.apply('shop.catalogue', record('cup', null));
    expect(found('red teapot')).toEqual([]);
    expect(found('kettle')).toEqual(['pot']);
  });

  it('of a search find by a vector of the query what has no word of it, if the encoder is that of the products', () => {
    const memory = memoryOf([product('pot', { title: 'Teapot' }), product('jug', { title: 'Jug' }), ...others]);
    for (const [item, vector] of [
      ['pot', [1, 0]],
      ['jug', [0.9, 0.1]],
    ] as const) {
      memory.apply('item.vectors', vectorRecord(item, vector));
    }
    memory.apply('vector.progress', progressRecord());
    const search = { surface: 'search', query: 'teapot' } as const;
    const by = (encoder: string) => ({ encoder, vector: Float32Array.of(1, 0) });
    expect(candidates(memory, search, by('made@1'))).toEqual({ pot: 'words', jug: 'meaning' });
    expect(candidates(memory, search, by('made@2'))).toEqual({ pot: 'words' });
    expect(candidates(memory, search)).toEqual({ pot: 'words' });
  });

  it('give every product its chance', () => {
    const memory = memoryOf([...others]);
    const seen = new Set<string>();
    for (let n = 0; n < 300; n++) {
      const found = Object.entries(candidates(memory, { id: `r${n}` }));
      for (const [item] of found) seen.add(item);
      expect(found.length).toBeLessThanOrEqual(200);
    }
    expect(seen.size).toBe(300);
  });
});
