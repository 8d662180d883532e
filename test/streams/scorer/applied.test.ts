import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../schemas/limits.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { partitionOf } from '../../../streams/kafka/sending/partitioner.ts';
import { Memory } from '../../../streams/scorer/memory/memory.ts';
import { Deltas } from '../../sim/deltas.ts';

const T0 = 1_700_000_000_000;
const WHO = { v: 1, at_ms: T0, user: 'u', session: 's' } as const;
const click = (id: string): ShopEvent => ({ ...WHO, id, type: 'click', item: 'pot' });
const search = (id: string): ShopEvent => ({ ...WHO, id, type: 'search', query: 'pot' });

describe('what features are made from', () => {
  it('is told by the offsets below which all has been read: of events for users and items, and of products', () => {
    const memory = new Memory();
    const deltas = new Deltas();
    const read = (events: readonly ShopEvent[]) => {
      for (const [topic, record] of deltas.of(events, T0)) memory.apply(topic, 0, record);
    };
    const product = (key: string | null, offset: number) =>
      memory.apply('shop.catalogue', 0, { key, value: Buffer.from('{}'), offset, timestamp_ms: T0 });
    expect(memory.applied('u', ['pot'])).toEqual({ user: 0, items: { '0': [0] }, catalogue: [0] });
    read([click('a'), click('b'), search('c')]);
    expect(memory.applied('u', ['pot'])).toEqual({ user: 3, items: { '0': [3] }, catalogue: [0] });
    read([search('d')]); // of no item: nothing is written for items, and nothing missed
    expect(memory.applied('u', ['pot'])).toEqual({ user: 4, items: { '0': [3] }, catalogue: [0] });
    product('pot', 7); // refused, and read all the same
    product(null, 8);
    expect(memory.applied('u', ['pot']).catalogue).toEqual([9]);
  });

  it('covers all partitions where these are few, and where they are many, those of the first items', () => {
    const items = Array.from({ length: 50 }, (_, n) => `i${n}`);
    const few = new Memory(16).applied('u', items);
    expect(Object.keys(few.items)).toHaveLength(16);
    expect(Object.values(few.items).every(offsets => offsets.length === 16)).toBe(true);

    const many = new Memory(64).applied('u', items);
    const most = LIMITS.applied_offsets_per_list / 64;
    const first = new Set(items.map(item => partitionOf(item, 64)));
    expect(Object.keys(many.items).map(Number).sort()).toEqual([...first].slice(0, most).sort());
    expect(many.catalogue).toHaveLength(64);

    expect(Object.keys(new Memory(1_024).applied('u', items).items)).toHaveLength(1);
  });
});
