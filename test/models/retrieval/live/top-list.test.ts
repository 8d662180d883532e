import { describe, expect, it } from 'vitest';
import { random } from '../../../../models/random.ts';
import { TopList } from '../../../../models/retrieval/live/top-list.ts';

describe('a list of the greatest', () => {
  it('is in order, those that came first before others of the same key', () => {
    const list = new TopList(10);
    for (const [item, key] of [
      ['a', 1],
      ['b', 3],
      ['c', 1],
      ['d', Number.NEGATIVE_INFINITY],
      ['e', Number.NEGATIVE_INFINITY],
    ] as const) {
      list.set(item, key);
    }
    expect(list.items).toEqual(['b', 'a', 'c', 'd', 'e']);
    list.set('e', 2);
    list.set('b', 0);
    list.delete('c');
    list.delete('never there');
    expect(list.items).toEqual(['e', 'a', 'b', 'd']);
    expect(list.size).toBe(4);
  });

  it('holds the greatest of all whatever comes, rises, falls and goes', () => {
    const { below } = random(5);
    const list = new TopList(16);
    const keys = new Map<string, number>();
    for (let step = 0; step < 4_000; step++) {
      const item = `i${below(60)}`;
      if (below(4) === 0) {
        list.delete(item);
        keys.delete(item);
      } else {
        const key = below(8) === 0 ? Number.NEGATIVE_INFINITY : below(1_000);
        list.set(item, key);
        keys.set(item, key);
      }
      const greatest = [...keys.values()].sort((a, b) => (a === b ? 0 : b - a)).slice(0, list.items.length);
      expect(list.items.map(each => keys.get(each))).toEqual(greatest);
      expect(new Set(list.items).size).toBe(list.items.length);
      expect(list.items.length).toBeGreaterThanOrEqual(Math.ceil(Math.min(16, keys.size) / 2));
      expect(list.items.length).toBeLessThanOrEqual(16);
    }
  });
});
