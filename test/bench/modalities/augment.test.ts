import { expect, test } from 'vitest';
import { HISTORY_CHANGES, withHistories } from '../../../bench/modalities/augment.ts';
import { random } from '../../../models/random.ts';
import type { Dataset } from '../../../models/ranker/dataset.ts';
import { HISTORY } from '../../../models/ranker/model.ts';

const ten = Array.from({ length: 10 }, (_, item) => item);

test('crop keeps a run of half, mask a part in its order, reorder everything', () => {
  for (let seed = 0; seed < 50; seed++) {
    const [crop, mask, reorder] = Object.values(HISTORY_CHANGES).map(change => change(ten, random(seed)));
    expect(crop).toEqual(ten.slice(crop![0], crop![0]! + 5));
    expect(mask).toEqual([...mask!].sort((a, b) => a - b));
    expect(mask!.length).toBeLessThanOrEqual(10);
    expect([...reorder!].sort((a, b) => a - b)).toEqual(ten);
  }
  expect(HISTORY_CHANGES.reorder(ten, random(1))).not.toEqual(ten);
  expect(HISTORY_CHANGES.mask(ten, random(1)).length).toBeLessThan(10);
});

test('about half of the histories change, the short ones never, and the dataset that was given stays', () => {
  const history = new Int32Array(40 * HISTORY).fill(-1);
  for (let list = 1; list < 40; list++) history.set(ten, list * HISTORY);
  const before = history.slice();
  const changed = withHistories({ history } as Dataset, HISTORY_CHANGES.crop, 1).history;
  expect(history).toEqual(before);
  const lengths = Array.from(
    { length: 40 },
    (_, list) => changed.subarray(list * HISTORY, (list + 1) * HISTORY).filter(item => item >= 0).length,
  );
  expect(lengths[0]).toBe(0);
  expect(new Set(lengths.slice(1))).toEqual(new Set([5, 10]));
  expect(lengths.filter(length => length === 5).length).toBeGreaterThan(10);
});
