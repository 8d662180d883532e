import { expect, it } from 'vitest';
import { historyOf, keepTouched } from '../../../models/features/history.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import type { TouchedItem } from '../../../schemas/topics/features.ts';
import fc from '../../properties.ts';
import { reordered } from './events.ts';

type Touched = TouchedItem;

const types = ['click', 'view', 'cart', 'dismiss'] as const;
const touches = fc.array(
  fc.record({
    item: fc.integer({ min: 0, max: 80 }).map(n => `i${n}`),
    type: fc.constantFrom(...types),
    at_ms: fc.nat(500),
  }),
  { maxLength: 200 },
);

function kept(events: Iterable<Touched>): Touched[] {
  const history: Touched[] = [];
  for (const event of events) keepTouched(history, event);
  return history;
}

it('has the items that were touched last, each once, whatever the order of the events', () => {
  fc.assert(
    fc.property(touches, fc.infiniteStream(fc.nat()), (events, order) => {
      const newest = new Map<string, number>();
      for (const { item, at_ms } of events) newest.set(item, Math.max(at_ms, newest.get(item) ?? 0));
      const times = [...newest.values()].sort((a, b) => b - a).slice(0, LIMITS.history_items_per_user);
      const history = kept(events);
      expect(history.map(({ at_ms }) => at_ms)).toEqual(times);
      expect(new Set(history.map(({ item }) => item)).size).toBe(history.length);
      for (const { item, at_ms } of history) expect(newest.get(item)).toBe(at_ms);
      expect(kept(reordered(events, order))).toEqual(history);
    }),
  );
});

it('does not name what was dismissed since it was taken', () => {
  const at = (item: string, type: Touched['type'], at_ms: number) => ({ item, type, at_ms });
  const history = kept([at('a', 'click', 1), at('b', 'view', 2), at('a', 'dismiss', 3), at('c', 'dismiss', 4)]);
  expect(historyOf({ history })).toEqual(['b']);
  expect(historyOf({ history: kept([...history, at('c', 'click', 5)]) })).toEqual(['c', 'b']);
  expect(historyOf(undefined)).toEqual([]);
});
