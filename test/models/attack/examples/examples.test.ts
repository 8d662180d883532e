import { describe, expect, it } from 'vitest';
import { diluted, pushed } from '../../../../models/attack/examples/fraud.ts';
import { disturbed } from '../../../../models/attack/examples/noise.ts';
import { estranged } from '../../../../models/attack/examples/strangers.ts';
import type { Dataset } from '../../../../models/ranker/dataset/dataset.ts';
import { requireSound } from '../../../../models/ranker/dataset/soundness.ts';
import { HISTORY } from '../../../../models/ranker/model.ts';
import { examples } from '../../../sim/examples.ts';

const given: Dataset = {
  ...examples({ lists: 60 }),
  featureNames: ['taste', 'item.clicks.1d', 'item.impressions.1d', 'x'],
};
given.features.forEach((x, at) => {
  given.features[at] = Math.abs(x);
});
for (let list = 0; list < 60; list++) given.history.set([list % 40, (list + 1) % 40], list * HISTORY);
const width = 8;
const vectors = Float32Array.from({ length: given.items.length * width }, (_, at) => Math.sin(at * at));
for (let item = 0; item < given.items.length; item++) {
  const own = vectors.subarray(item * width, (item + 1) * width);
  const length = Math.hypot(...own);
  for (let k = 0; k < width; k++) own[k]! /= length;
}
const present = Uint8Array.from(given.items, (_, item) => Number(item !== 3));
const told: Dataset = { ...given, contents: { text: { encoder: 'e', width, vectors, present } } };
const frozen = structuredClone(told);

describe('attacks on examples', () => {
  const click = { type: 'click', count: 20, accounts: 5, share: 0.1 } as const;
  const look = { type: 'impression', count: 100, accounts: 5, share: 0.1 } as const;
  const attacks: [string, () => Dataset][] = [
    ['a click farm', () => pushed(told, click, 3)],
    ['dilution', () => diluted(told, look)],
    ['strange clicks', () => estranged(told, 2, 3)],
    ['tampering', () => disturbed(told, 0.5, 3)],
  ];

  it.each(attacks)('%s gives sound examples, the same again, and leaves the given ones alone', (_, attack) => {
    const attacked = attack();
    requireSound(attacked, 'attacked');
    expect(attack()).toEqual(attacked);
    expect(told).toEqual(frozen);
    expect(attacked).not.toEqual(told);
    expect(attacked.clicked).toEqual(told.clicked);
  });

  it('a farm touches a share of the items, all of their rows, and clicks alone', () => {
    const { features } = pushed(told, click, 3);
    const touched = new Set<number>();
    for (let row = 0; row < told.rows; row++) {
      expect(features[4 * row]).toBe(told.features[4 * row]);
      expect(features[4 * row + 2]).toBe(told.features[4 * row + 2]);
      if (features[4 * row + 1] !== told.features[4 * row + 1]) touched.add(told.item[row]!);
    }
    expect(touched.size).toBe(4);
  });

  it('dilution meets what was clicked the most', () => {
    const { features } = diluted(told, look);
    const clicks = new Float32Array(told.items.length);
    for (const [row, item] of told.item.entries()) clicks[item]! += told.clicked[row]!;
    const met = new Set([...told.item].filter((_, row) => features[4 * row + 2] !== told.features[4 * row + 2]));
    const least = Math.min(...Array.from(met, item => clicks[item]!));
    expect([...clicks.keys()].filter(item => clicks[item]! > least && !met.has(item))).toEqual([]);
  });

  it('strange clicks are the newest, and no item stands twice', () => {
    const { history } = estranged(told, 2, 3);
    for (let list = 0; list < 60; list++) {
      const row = [...history.subarray(list * HISTORY, (list + 1) * HISTORY)].filter(item => item >= 0);
      expect(new Set(row).size).toBe(row.length);
      expect(row.slice(2)).toEqual([list % 40, (list + 1) % 40]);
    }
  });

  it('tampering turns vectors by so much, and makes none where there was none', () => {
    const { vectors: turned } = disturbed(told, 0.5, 3).contents.text!;
    for (const [item, there] of present.entries()) {
      const [a, b] = [vectors, turned].map(all => all.subarray(item * width, (item + 1) * width));
      const cosine = a!.reduce((sum, x, k) => sum + x * b![k]!, 0);
      expect(Math.hypot(...b!)).toBeCloseTo(1, 5);
      if (there) expect(cosine).toBeLessThan(0.999);
      else expect(b).toEqual(a);
      expect(cosine).toBeGreaterThan(Math.sqrt(1 - 0.25) - 1e-4);
    }
  });
});
