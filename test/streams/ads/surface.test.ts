import { describe, expect, it } from 'vitest';
import { tasteOf } from '../../../models/features/taste.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import type { RankRequest } from '../../../schemas/topics/ranking.ts';
import { Memory } from '../../../streams/scorer/memory/memory.ts';
import { candidatesFor } from '../../../streams/surfaces/surface.ts';
import { Deltas } from '../../sim/deltas.ts';
import { campaign, NOON, recordOf } from './records.ts';

const PRODUCTS = [
  ...Array.from({ length: 60 }, (_, n) => ({ item: `tea${n}`, category: 'tea' })),
  ...Array.from({ length: 60 }, (_, n) => ({ item: `lamp${n}`, category: 'lamps' })),
];

function memoryWith(events: readonly ShopEvent[]): Memory {
  const memory = new Memory();
  for (const product of PRODUCTS) {
    const value = { v: 1, at_ms: NOON, title: product.item, ...product };
    memory.apply('shop.catalogue', 0, recordOf(value, product.item));
  }
  for (const [topic, each] of new Deltas().of(events, NOON)) memory.apply(topic, 0, each);
  const teas = campaign('teas', { items: ['tea3', 'tea7', 'gone'] });
  const lamps = campaign('lamps', { items: ['lamp59', 'lamp2'] });
  for (const each of [teas, lamps]) memory.apply('shop.campaigns', 0, recordOf(each, each.campaign));
  return memory;
}

function ads(memory: Memory): Record<string, string> {
  const request: RankRequest = { v: 1, id: 'r', at_ms: NOON, user: 'u', session: 's', surface: 'ads', count: 4 };
  const user = memory.users.get('u')?.state;
  const taste = tasteOf(user, item => memory.products.get(item));
  const { candidates: found } = candidatesFor({ request, memory, recent: user?.recent ?? [], taste });
  return Object.fromEntries(found.map(({ item, reason }) => [item, reason]));
}

describe('candidates for ads', () => {
  it('are what campaigns advertise and is there, found for the user where he is known', () => {
    const click = { v: 1, id: 'e', type: 'click', at_ms: NOON, user: 'u', session: 's', item: 'tea7' } as const;
    const found = ads(memoryWith([click]));
    expect(Object.keys(found).sort()).toEqual(['lamp2', 'lamp59', 'tea3', 'tea7']);
    expect(found).toMatchObject({ tea7: 'seen', tea3: 'category' });
  });

  it('are none where nothing is advertised', () => {
    const memory = memoryWith([]);
    for (const name of ['teas', 'lamps']) memory.apply('shop.campaigns', 0, recordOf(null, name));
    expect(ads(memory)).toEqual({});
  });
});
