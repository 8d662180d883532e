import { expect, test } from 'vitest';
import { beyondAccuracy, cosineBy, countsOf, inColumns, meanOf } from '../../../bench/quality/beyond-accuracy.ts';

test('lists are measured as far as items are known', () => {
  const vectors = Float32Array.of(1, 0, 0, 1, 0, 1, 0, 0);
  const catalogue = { items: 4, taken: countsOf(4, [0, 0, 0, 1]), similarity: cosineBy(vectors, 2) };
  const found = beyondAccuracy(
    [
      [0, 1],
      [1, 2],
      [2, 3],
    ],
    catalogue,
  );
  expect(found.coverage).toBe(1);
  expect(found.diversity).toBeCloseTo((1 + 0 + 1) / 3, 6);
  expect(found.novelty).toBeCloseTo((1 + 2 + 2 + 3 + 3 + 3) / 6, 6);
  expect(beyondAccuracy([[0, 1]], { items: 4 })).toMatchObject({ coverage: 0.5, novelty: null, diversity: null });
});

test('the mean of runs is told where all of them have a figure', () => {
  const run = (coverage: number, novelty: number | null) => ({ coverage, novelty, diversity: 0.5, gini: 0 });
  const mean = meanOf([run(0.2, 3), run(0.4, null)]);
  expect(mean.coverage).toBeCloseTo(0.3, 6);
  expect(inColumns(mean)).toEqual(['0.3000', '-', '0.500']);
  expect(inColumns(meanOf([]))).toEqual(['-', '-', '-']);
});
