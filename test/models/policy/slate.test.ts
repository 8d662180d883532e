import { describe, expect, it } from 'vitest';
import { diversified } from '../../../models/policy/diversify.ts';
import { certainSlate, mixedSlate } from '../../../models/policy/slate.ts';
import type { Notes } from '../../../models/policy/split.ts';

const shown = ({ places }: { places: { index: number }[] }) => places.map(({ index }) => index);

describe('a slate', () => {
  const choices = { order: [3, 1, 0, 2], pinned: new Map([[1, 0]]), count: 3 };

  it('that is certain has the order around its pins', () => {
    expect(certainSlate(choices)).toEqual({
      places: [3, 0, 1].map((index, position) => ({ index, position, propensity: 1 })),
      propensity: 1,
    });
  });

  it('that is explored has probabilities that add up to 1 over all that can be shown', () => {
    const all = new Map<string, number>();
    for (let n = 0; n < 500; n++) {
      const slate = mixedSlate(choices, 0.3, true, `seed${n}`);
      expect(shown(slate)[1]).toBe(0);
      expect(mixedSlate(choices, 0.3, true, `seed${n}`)).toEqual(slate);
      all.set(shown(slate).join(), slate.propensity!);
    }
    expect(all.size).toBe(3 * 2);
    expect([...all.values()].reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
    expect(all.get('3,0,1')).toBeCloseTo(0.3 / 6 + 0.7, 12);
    expect(all.get('1,0,3')).toBeCloseTo(0.3 / 6, 12);
  });

  it('too long for its probability to be a number has 0, and its places have theirs', () => {
    const order = Array.from({ length: 1_000 }, (_, n) => n);
    const slate = mixedSlate({ order, pinned: new Map(), count: 200 }, 0.1, true, 'long');
    expect(slate.propensity).toBe(0);
    expect(slate.places.every(({ propensity }) => propensity! >= 0.1 / 1_000)).toBe(true);
  });

  it('of nothing is empty, and certain', () => {
    const nothing = { order: [], pinned: new Map<number, number>(), count: 0 };
    expect(mixedSlate(nothing, 0.5, true, 'x')).toEqual({ places: [], propensity: 1 });
    expect(certainSlate(nothing)).toEqual({ places: [], propensity: 1 });
  });
});

describe('maximal marginal relevance', () => {
  const scores = Float32Array.of(1, 0.9, 0.8, 0);
  /** 0, 1 and 3 are alike. */
  const similarity = (a: number, b: number) => Number((a === 2) === (b === 2));
  const choose = (share: number, places: number, pinned: number[] = []) => {
    const notes: Notes = new Map();
    const order = [0, 1, 2, 3].filter(n => !pinned.includes(n));
    return { order: diversified(order, { share, places, scores, similarity, pinned }, notes), notes };
  };

  it('puts up what is unlike, and leaves what is behind the places as it was', () => {
    expect(choose(0.5, 2)).toEqual({
      order: [0, 2, 1, 3],
      notes: new Map([
        [1, 'moved down: like what stands above'],
        [2, 'moved up: unlike what stands above'],
      ]),
    });
    expect(choose(0.5, 1).order).toEqual([0, 1, 2, 3]);
    expect(choose(0, 4)).toEqual({ order: [0, 1, 2, 3], notes: new Map() });
  });

  it('counts what is pinned as standing there, and knows nothing to do without candidates or differences', () => {
    expect(choose(0.5, 1, [0]).order).toEqual([2, 1, 3]);
    expect(diversified([], { share: 1, places: 3, scores, similarity, pinned: [] }, new Map())).toEqual([]);
    const alike = { share: 0.5, places: 3, scores: new Float32Array(4), similarity: () => 1, pinned: [] };
    expect(diversified([2, 0, 1], alike, new Map())).toEqual([2, 0, 1]);
  });
});
