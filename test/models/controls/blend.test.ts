import { describe, expect, it } from 'vitest';
import { blend, toDeviations, toTop } from '../../../models/controls/blend.ts';
import { eachHistory } from '../../../models/controls/scorer.ts';

const always = (...scores: number[]) => eachHistory(scores.length, (_, row) => row.set(scores));

describe('a blend', () => {
  it('adds the scaled scores by their weights', async () => {
    const parts = [
      { scorer: always(0, 1, 4), scaled: toTop },
      { scorer: always(1, 3, 1), scaled: () => undefined },
    ];
    const into = new Float32Array(6);
    await blend(parts, [2, 0.5]).score([new Int32Array(0), Int32Array.of(1)], into);
    expect([...into]).toEqual([0.5, 2, 2.5, 0.5, 2, 2.5]);
  });

  it('scales by the greatest, and leaves a row of zeros', () => {
    const rows = [Float32Array.of(0, 2, 8), new Float32Array(3)];
    rows.forEach(toTop);
    expect(rows.map(row => [...row])).toEqual([
      [0, 0.25, 1],
      [0, 0, 0],
    ]);
  });

  it('scales by deviations from the mean, and makes a constant row zeros', () => {
    const rows = [Float32Array.of(-1, 1, 3, 5), Float32Array.of(7, 7)];
    rows.forEach(toDeviations);
    const root = Math.sqrt(5);
    for (const [k, wanted] of [-3 / root, -1 / root, 1 / root, 3 / root].entries()) {
      expect(rows[0]![k]).toBeCloseTo(wanted, 6);
    }
    expect([...rows[1]!]).toEqual([0, 0]);
  });
});
