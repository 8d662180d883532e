import { expect, it } from 'vitest';
import { hash32 } from '../../../models/hash.ts';
import { ordered } from '../../../models/policy/ordered.ts';
import fc from '../../properties.ts';

const namesOf = (n: number) => Array.from({ length: n }, (_, at) => `item-${at}`);

/** By its definition. */
function compared(user: string, items: readonly string[], scores: Float32Array): number[] {
  const hash = (at: number) => hash32(`${user}/${items[at]}`);
  return [...items.keys()].sort((a, b) => scores[b]! - scores[a]! || hash(a) - hash(b));
}

it('orders any finite scores as comparing two of them does, whatever their signs and sizes', () => {
  const score = fc.float({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(fc.array(score, { maxLength: 60 }), fc.string(), (list, user) => {
      const [items, scores] = [namesOf(list.length), Float32Array.from(list)];
      expect(ordered(user, items, scores)).toEqual(compared(user, items, scores));
    }),
  );
});

it('orders equal scores by user and item, 0 and -0 among them', () => {
  const scores = Float32Array.from([1, 0, -0, 1, 0, -1, -0, -1, 1]);
  const items = namesOf(scores.length);
  const orders = ['anna', 'ben', 'eve'].map(user => ordered(user, items, scores));
  expect(orders).toEqual(['anna', 'ben', 'eve'].map(user => compared(user, items, scores)));
  expect(new Set(orders.map(String)).size).toBeGreaterThan(1);
  for (const order of orders) expect(order.map(at => scores[at]! + 0)).toEqual([1, 1, 1, 0, 0, 0, 0, -1, -1]);
});

it('reads scores that are a part of something longer', () => {
  const all = Float32Array.from([9, 3, 1, 2, 9]);
  expect(ordered('u', namesOf(3), all.subarray(1, 4))).toEqual([0, 2, 1]);
});
