import { describe, expect, it } from 'vitest';
import { coverage, diversity, exposureGini, novelty } from '../../../models/evaluate/beyond-accuracy.ts';

const same = (category: string) => (a: number, b: number) => Number(category[a] === category[b]);

describe('lists beyond accuracy', () => {
  it('cover the share of the catalogue that stands on any of them', () => {
    expect(coverage([[0, 1], Int32Array.of(1, 2)], 6)).toBe(0.5);
    expect(coverage([], 6)).toBe(0);
    expect(coverage([], 0)).toBeNull();
  });

  it('are as novel as their items are little known', () => {
    // 8 takings and 1 for each of 8 items: an item taken 7 times has the share 1/2, one that was not 1/16.
    const taken = [7, 1, 0, 0, 0, 0, 0, 0];
    expect(novelty([[0]], taken)).toBe(1);
    expect(novelty([[2, 3]], taken)).toBe(4);
    expect(novelty([[0], [1, 2]], taken)).toBeCloseTo((1 + 3 + 4) / 3, 12);
    expect(novelty([[]], taken)).toBeNull();
  });

  it('are as diverse as their pairs are unlike; a single item has no pair', () => {
    expect(diversity([[0, 1, 2]], same('aab'))).toBeCloseTo(2 / 3, 12);
    expect(diversity([[0, 1], [0, 2], [2]], same('aab'))).toBe(0.5);
    expect(diversity([[0, 1]], () => 0.25)).toBe(0.75);
    expect(diversity([[0], []], same('aab'))).toBeNull();
  });

  it('are uneven by the Gini coefficient of exposure', () => {
    expect(
      exposureGini(
        [
          [0, 1],
          [2, 3],
        ],
        4,
      ),
    ).toBe(0);
    expect(exposureGini([[0], [0], [0]], 4)).toBe(0.75);
    // 1, 2 and 3 times: sum of (2k - n - 1) x_k = -2 + 0 + 6, over 3 * 6
    expect(
      exposureGini(
        [
          [2, 2, 1],
          [2, 1, 0],
        ],
        3,
      ),
    ).toBeCloseTo(4 / 18, 12);
    expect(exposureGini([], 4)).toBeNull();
  });
});
