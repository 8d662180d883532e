import { expect, it } from 'vitest';
import { attributed, attributedTo } from '../../../models/explain/attribution.ts';
import { FEATURE_NAMES } from '../../../models/features/vector.ts';
import { random } from '../../../models/random.ts';
import { initialRanker, servingRanker } from '../../../models/ranker/ranker.ts';
import { sceneOf, WIDTH } from './scene.ts';

const shape = { features: WIDTH, hidden: [32, 16], positions: 2 };
const total = (groups: object) => Object.values(groups).reduce((sum: number, each: number) => sum + each, 0);

it('what the groups add to the mean item is the score, to the tolerance', async () => {
  const standard = { mean: new Float32Array(WIDTH), scale: new Float32Array(WIDTH).fill(0.5) };
  const graph = servingRanker(shape, standard, initialRanker(shape, 0.1, random(3)), [1, 0]);
  for (const seed of [1, 2]) {
    const { baseline, items } = await attributed(graph, FEATURE_NAMES, sceneOf({ seed }).logged);
    for (const { score, groups, error } of items) {
      expect(Math.abs(baseline + total(groups) - score)).toBeLessThan(5e-3 * Math.max(1, Math.abs(score - baseline)));
      expect(Math.abs(baseline + total(groups) - score)).toBeCloseTo(error, 9);
      // What is the same for all candidates of a user sets none of them apart.
      expect(groups.visitor).toBeCloseTo(0, 6);
    }
    expect(items.some(({ groups }) => Math.abs(groups.popularity!) > 1e-2)).toBe(true);
  }
});

it('scores that are one thing are explained by it', () => {
  const { baseline, items } = attributedTo('popularity', [0.3, 0.1, 0.2]);
  expect(baseline).toBeCloseTo(0.2, 12);
  expect(items.map(({ groups }) => groups.popularity)).toEqual([0.1, -0.1, 0].map(each => expect.closeTo(each, 12)));
});
