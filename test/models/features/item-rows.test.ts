import { expect, it } from 'vitest';
import { tasteOf } from '../../../models/features/taste.ts';
import { askerOf, featureVector } from '../../../models/features/vector.ts';
import type { Product, ShopEvent } from '../../../schemas/topics/events.ts';
import { Memory } from '../../../streams/scorer/memory/memory.ts';
import { Deltas } from '../../sim/deltas.ts';

const T0 = 1_700_000_000_000;
const product = { v: 1, item: 'i', at_ms: T0, title: 'red shoes', category: 'c', price: 9 };

function shop(deltas = new Deltas()): Memory {
  const memory = new Memory();
  const value = Buffer.from(JSON.stringify(product));
  memory.apply('shop.catalogue', 0, { key: 'i', value, offset: 0, timestamp_ms: T0 });
  const event = (n: number) => ({
    v: 1,
    id: `e${n}`,
    type: 'click',
    at_ms: T0 - n * 3_000,
    user: `u${n}`,
    session: 's',
    item: 'i',
  });
  const events = Array.from({ length: 5 }, (_, n) => event(n) as ShopEvent);
  for (const [topic, record] of deltas.of(events, T0)) memory.apply(topic, 0, record);
  return memory;
}

function vectorOf(memory: Memory, at_ms: number, as: Product | undefined = memory.products.get('i')): number[] {
  const asker = askerOf(
    { at_ms, user: 'u', session: 's' },
    undefined,
    tasteOf(undefined, () => undefined),
    () => undefined,
  );
  return [...featureVector(asker, { item: 'i', state: memory.items.get('i')?.state, product: as })];
}

it('requests of several seconds, in any order, see what each alone would see', () => {
  const memory = shop();
  const seconds = [0, 1, 0, 2, 1, 0, 3, 3, 2, 0].map(s => T0 + s * 1_000);
  for (const at_ms of seconds) expect(vectorOf(memory, at_ms)).toEqual(vectorOf(shop(), at_ms));
  expect(vectorOf(memory, T0)).not.toEqual(vectorOf(memory, T0 + 1_000));
});

it('a product that changes is seen at once, in whatever second', () => {
  const memory = shop();
  const dearer = { ...memory.products.get('i')!, price: 99, title: 'blue shoes' };
  const before = vectorOf(memory, T0);
  const later = vectorOf(memory, T0 + 1_000);
  const changed = vectorOf(memory, T0, dearer);
  expect(changed).not.toEqual(before);
  expect(changed).toEqual(vectorOf(shop(), T0, dearer));
  expect(vectorOf(memory, T0 + 1_000)).toEqual(later);
  expect(vectorOf(memory, T0)).toEqual(before);
});

it('what an event changes is seen at once', () => {
  const deltas = new Deltas();
  const memory = shop(deltas);
  const before = vectorOf(memory, T0 + 1_000);
  const event = { v: 1, id: 'more', type: 'click', at_ms: T0 + 500, user: 'x', session: 's', item: 'i' } as ShopEvent;
  for (const [topic, record] of deltas.of([event], T0 + 500)) memory.apply(topic, 0, record);
  expect(vectorOf(memory, T0 + 1_000)).not.toEqual(before);
});
