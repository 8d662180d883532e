import { beforeAll, expect, it } from 'vitest';
import { fusion, type Served } from '../../../bench/robustness/shop/rankers.ts';
import { movedFeatures } from '../../../models/attack/features/feature-attack.ts';
import { type Dataset, splitByTime } from '../../../models/ranker/dataset/dataset.ts';
import { tastes } from '../../models/fusion/tastes.ts';

const made = tastes({ lists: 300 });
/** One of its features is what a fraudster can move. */
const whole = { ...made, featureNames: ['item.clicks.1h', 'constant'] };
const [train, validation, later] = splitByTime(whole, [0.6, 0.2, 0.2]) as [Dataset, Dataset, Dataset];
const options = { seed: 1, epochs: 6, lists: 16, learningRate: 3e-3 };

let served: Served;
beforeAll(async () => {
  served = await fusion({ train, validation }, options);
}, 60_000);

it('features of a fusion ranker are moved where it is fed with all that it sees', async () => {
  const attack = { norm: 'linf', budget: 0.5, steps: 1, stepSize: 0.5 } as const;
  const features = await movedFeatures(served.model, later, train, attack, served.fed(later));
  expect(features).toHaveLength(later.features.length);
  expect([...features.keys()].some(at => at % 2 === 0 && features[at] !== later.features[at])).toBe(true);
  expect([...features.keys()].every(at => at % 2 === 0 || features[at] === later.features[at])).toBe(true);
  const loss = async (dataset: Dataset) =>
    (await served.score(dataset)).reduce((sum, z, row) => sum + Math.log1p(Math.exp(dataset.clicked[row] ? -z : z)), 0);
  expect(await loss({ ...later, features })).toBeGreaterThan(await loss(later));
});
