import { describe, expect, it } from 'vitest';
import { type Cells, REDUCERS, valueAt } from '../../../../models/features/aggregates/reducer.ts';
import { tasteOf } from '../../../../models/features/taste.ts';
import { packed } from '../../../../models/retrieval/vectors/item-vector.ts';
import type { ProductInput, ShopEvent } from '../../../../schemas/topics/events.ts';
import type { RankRequest } from '../../../../schemas/topics/ranking.ts';
import { ByteWriter } from '../../../../streams/features/log/bytes.ts';
import { type Entity, ITEMS, USERS } from '../../../../streams/features/log/entities.ts';
import type { Replica } from '../../../../streams/features/log/replica.ts';
import { BUCKETS, bucketOf, writeSnapshot } from '../../../../streams/features/log/snapshot.ts';
import type { StreamRecord } from '../../../../streams/kafka/bus.ts';
import type { Known } from '../../../../streams/scorer/memory/feature-memory.ts';
import { Memory } from '../../../../streams/scorer/memory/memory.ts';
import type { QueryVector } from '../../../../streams/surfaces/query-vectors.ts';
import { candidatesFor } from '../../../../streams/surfaces/surface.ts';
import { Deltas } from '../../../sim/deltas.ts';

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

/** A memory that has read these products, and these clicks of items, each by somebody else. */
function memoryOf(products: readonly ProductInput[], clicks: Record<string, number> = {}): Memory {
  const memory = new Memory();
  for (const each of products) memory.apply('shop.catalogue', 0, record(each.item, each));
  for (const [item, n] of Object.entries(clicks)) {
    const all = Array.from({ length: n }, (_, k) => ({ ...deed(`of ${item} ${k}`, item), at_ms: T0 }));
    read(memory, all);
  }
  return memory;
}

let serial = 0;
function deed(user: string, item: string, type: 'click' | 'dismiss' = 'click'): ShopEvent {
  return { v: 1, id: `e${serial++}`, type, at_ms: T0 + serial, user, session: 's', item };
}

/** What the memory has read of the logs, record by record. */
const logs = new WeakMap<Memory, Deltas>();
function read(memory: Memory, events: readonly ShopEvent[]) {
  const deltas = logs.get(memory) ?? new Deltas();
  logs.set(memory, deltas);
  const records = deltas.of(events, T0);
  for (const [topic, each] of records) memory.apply(topic, 0, each);
  return records;
}

function candidates(
  memory: Memory,
  more: Partial<RankRequest> = {},
  queryVector?: QueryVector,
): Record<string, string> {
  const user = memory.users.get('u')?.state;
  const taste = tasteOf(user, item => memory.products.get(item));
  const request = { ...REQUEST, ...more };
  const { candidates: found } = candidatesFor({ request, memory, recent: user?.recent ?? [], taste, queryVector });
  return Object.fromEntries(found.map(({ item, reason }) => [item, reason]));
}

describe('people who are followed', () => {
  const follow = (value: string): ShopEvent => {
    return { v: 1, id: `e${serial++}`, type: 'follow', at_ms: T0, user: 'u', session: 's', value };
  };
  const plenty = Array.from({ length: 300 }, (_, n) => product(`plain${n}`, { category: 'other', at_ms: T0 - 9_000 }));
  const clicked = Object.fromEntries(plenty.map(({ item }, n) => [item, 1 + (n % 7)]));
  const old = { category: 'rare', at_ms: T0 - 99_000 };

  it('propose what several of them took, and nothing that fewer did', () => {
    const memory = memoryOf([product('cup', old), product('secret', old), ...plenty], clicked);
    read(memory, [follow('a'), follow('b'), follow('c')]);
    read(memory, [deed('a', 'cup'), deed('b', 'cup'), deed('a', 'secret'), deed('b', 'secret'), deed('x', 'secret')]);
    const reasonOf = (item: string) => candidates(memory)[item];
    expect([reasonOf('cup'), reasonOf('secret')]).not.toContain('people');
    read(memory, [deed('c', 'cup')]);
    expect(reasonOf('cup')).toBe('people');
    expect(reasonOf('secret')).not.toBe('people');
  });
});

describe('candidates', () => {
  it('come from what the user looked at, from the categories liked, from what is popular, and from what is new', () => {
    const many = Array.from({ length: 300 }, (_, n) => product(`plain${n}`, { category: 'other', at_ms: T0 - 9_000 }));
    const memory = memoryOf(
      [product('pot'), product('cup'), ...many, product('new', { category: 'other', at_ms: T0 - 1 })],
      Object.fromEntries(many.map(({ item }, n) => [item, 1 + (n % 7)])),
    );
    read(memory, [deed('u', 'pot')]);
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
    read(
      memory,
      ['cup', 'bag', 'tin', 'never-heard-of'].map(item => deed('u', item)),
    );
    expect(Object.keys(candidates(memory)).sort()).toEqual(['bag', 'cup', 'pot', 'tin']);
    memory.apply('shop.catalogue', 0, record('cup', product('cup', { available: false })));
    memory.apply('shop.catalogue', 0, record('bag', null));
    expect(Object.keys(candidates(memory)).sort()).toEqual(['pot', 'tin']);
    memory.apply('shop.catalogue', 0, record('cup', product('cup')));
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
    memory.apply('shop.catalogue', 0, record('pot', product('pot', { category: 'kitchen' })));
    expect([...memory.popularIn('tea')]).toEqual([]);
    expect([...memory.popularIn('kitchen')]).toEqual(['pot']);
  });

  it('takes a category that is written in several ways for one', () => {
    const memory = memoryOf([
      product('pot', { category: 'Tea' }),
      product('cup'),
      product('tin', { category: 'TEA ' }),
    ]);
    expect([...memory.popularIn('tea')].sort()).toEqual(['cup', 'pot', 'tin']);
    memory.apply('shop.catalogue', 0, record('pot', null));
    expect([...memory.popularIn('Tea')].sort()).toEqual(['cup', 'tin']);
  });

  it('is not changed by a record that is refused: the product stays in every source', () => {
    const memory = memoryOf([product('pot'), product('cup')]);
    for (const bad of ['{"v":1', { ...product('pot'), title: 7 }, product('pot', { at_ms: T0 + 86_400_000 })]) {
      memory.apply('shop.catalogue', 0, record('pot', bad));
    }
    expect(memory.products.get('pot')).toMatchObject({ title: 'a pot', available: true });
    expect([...memory.popularIn('tea')].sort()).toEqual(['cup', 'pot']);
    expect([...memory.popular].sort()).toEqual(['cup', 'pot']);
  });

  it('takes a record in once, however often it is read, and tells how old it is', () => {
    const memory = memoryOf([], { a: 3 });
    const records = read(memory, [deed('u', 'a'), deed('u', 'b')]);
    for (const [topic, each] of [...records, ...records]) memory.apply(topic, 0, each);
    expect(memory.apply(records[0]![0], 0, records[0]![1])).toMatchObject({ since_ms: T0 });
    expect(memory.users.get('u')!.state.recent.map(({ item }) => item)).toEqual(['b', 'a']);
    expect(valueAt(REDUCERS.item, memory.items.get('a')!.state, 'item.clicks.1d', T0)).toBeCloseTo(4);
  });

  it('is the same from snapshots and the rest of the logs', async () => {
    const whole = memoryOf([product('pot'), product('cup')], { pot: 5 });
    const early = read(whole, [deed('u', 'pot'), deed('u', 'cup'), deed('v', 'cup')]);
    const memory = new Memory();
    for (const each of [product('pot'), product('cup')]) memory.apply('shop.catalogue', 0, record(each.item, each));
    const [users, items] = memory.states.replicas;
    const snapshot = <S extends Cells>(replica: Replica<S>, entity: Entity<S>, known: Known<S>) => {
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        const of = [...known.entries()].filter(({ key }) => bucketOf(key) === bucket);
        expect(replica.isOffered(9)).toBe(false);
        replica.offer(
          writeSnapshot(new ByteWriter(), entity.format, { bucket, log: 9, generation: 0, next: [[0, 8]] }, of),
        );
      }
      expect([replica.isOffered(9), replica.isOffered(10)]).toEqual([true, false]);
    };
    snapshot(users.replicas.get(0)!, USERS, whole.users);
    snapshot(items.replicas.get(0)!, ITEMS, whole.items);
    await memory.states.restore(async () => {});
    expect(memory.states.start('features.user.log', 0)).toBe(9);
    expect(memory.states.start('features.item.log', 0)).toBe(9);
    expect(memory.states.start('shop.catalogue', 0)).toBeUndefined();
    for (const [topic, each] of early) memory.apply(topic, 0, each); // it is contained
    for (const [topic, each] of read(whole, [deed('v', 'pot'), deed('u', 'pot', 'dismiss')])) {
      memory.apply(topic, 0, each);
    }
    await memory.catchUp();
    const sorted = (known: Memory['users'] | Memory['items']) => {
      return new Map(Array.from(known.entries(), ({ key, state }) => [key, state] as const).sort());
    };
    expect(sorted(memory.users)).toEqual(sorted(whole.users));
    expect(sorted(memory.items)).toEqual(sorted(whole.items));
    expect(memory.popular).toEqual(whole.popular);
    expect(memory.rules.following(['pot'], 5)).toEqual(whole.rules.following(['pot'], 5));
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
    const records = read(memory, [deed('v', 'pot'), deed('v', 'plain250')]);
    for (let time = 0; time < 3; time++) for (const [topic, each] of records) memory.apply(topic, 0, each);
    read(memory, [deed('u', 'pot')]);
    expect(candidates(memory)).toMatchObject({ plain250: 'together', pot: 'seen' });
    memory.apply('shop.catalogue', 0, record('plain250', { ...others[250], available: false }));
    expect(candidates(memory)).not.toHaveProperty('plain250');
  });

  it('lead nowhere from what was dismissed', () => {
    const memory = memoryOf([product('pot'), ...others]);
    read(memory, [deed('v', 'pot', 'dismiss'), deed('v', 'plain250', 'dismiss')]);
    read(memory, [deed('u', 'pot')]);
    expect(candidates(memory).plain250).not.toBe('together');
  });

  it('find what reads alike as soon as the whole catalogue has vectors, by one encoder at a time', () => {
    const memory = memoryOf([product('pot'), ...others]);
    read(memory, [deed('u', 'pot')]);
    memory.apply('item.vectors', 0, vectorRecord('pot', [1, 0, 0]));
    memory.apply('item.vectors', 0, vectorRecord('plain260', [0.9, 0.1, 0]));
    expect(candidates(memory).plain260).not.toBe('like:text');
    memory.apply('vector.progress', 0, progressRecord());
    expect(memory.vectors.encoders.all()).toEqual({ text: 'made@1' });
    expect(candidates(memory)).toMatchObject({ plain260: 'like:text', pot: 'seen' });
    memory.apply('item.vectors', 0, record('plain260', null));
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
    expect(found('nothing of it')).toEqual(['pot', 'cup', 'box']); // what is popular
    memory.apply('shop.catalogue', 0, record('pot', product('pot', { title: 'Kettle' })));
    memory.apply('shop.catalogue', 0, record('cup', null));
    const lost = candidates(memory, { surface: 'search', query: 'red teapot' });
    expect(lost).toEqual({ box: 'popular', pot: 'popular' });
    expect(found('kettle')).toEqual(['pot']);
  });

  it('of a search find by a vector of the query what has no word of it, if the encoder is that of the products', () => {
    const memory = memoryOf([product('pot', { title: 'Teapot' }), product('jug', { title: 'Jug' }), ...others]);
    for (const [item, vector] of [
      ['pot', [1, 0]],
      ['jug', [0.9, 0.1]],
    ] as const) {
      memory.apply('item.vectors', 0, vectorRecord(item, vector));
    }
    memory.apply('vector.progress', 0, progressRecord());
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
