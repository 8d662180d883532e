import { beforeAll, expect, it } from 'vitest';
import { liftingDirections } from '../../../bench/robustness/images/lifting.ts';
import { fusion, type Served } from '../../../bench/robustness/shop/rankers.ts';
import { type Dataset, splitByTime } from '../../../models/ranker/dataset/dataset.ts';
import { tastes } from '../../models/fusion/tastes.ts';

const [train, validation] = splitByTime(tastes({ lists: 300 }), [0.7, 0.3]) as [Dataset, Dataset];
const options = { seed: 1, epochs: 6, lists: 16, learningRate: 3e-3 };

let served: Served;
beforeAll(async () => {
  served = await fusion({ train, validation }, options);
}, 60_000);

const meanOf = (scores: Float32Array, { item }: Dataset, items: ReadonlySet<number>) => {
  const own = scores.filter((_, row) => items.has(item[row]!));
  return own.reduce((sum, each) => sum + each, 0) / own.length;
};

it("pictures that go where the ranker's gradients point lift their products", async () => {
  const image = validation.contents.image!;
  const owned = new Set([...new Set(validation.item)].filter(item => image.present[item]).slice(0, 5));
  const ways = await liftingDirections(served, validation, owned);
  expect([...ways.keys()].sort()).toEqual([...owned].sort());
  const along = (sign: number): Dataset => {
    const vectors = image.vectors.slice();
    for (const [item, way] of ways) {
      const length = Math.hypot(...way);
      for (const [k, x] of way.entries()) vectors[item * image.width + k]! += (sign * 0.2 * x) / length;
    }
    return { ...validation, contents: { ...validation.contents, image: { ...image, vectors } } };
  };
  const [up, down] = [await served.score(along(1)), await served.score(along(-1))];
  const before = meanOf(await served.score(validation), validation, owned);
  expect(meanOf(up, validation, owned)).toBeGreaterThan(before);
  expect(meanOf(down, validation, owned)).toBeLessThan(before);
});
