import { describe, expect, it } from 'vitest';
import { movedFeatures } from '../../../../models/attack/features/feature-attack.ts';
import { wayOf } from '../../../../models/attack/features/movable.ts';
import { ndcg } from '../../../../models/evaluate/metrics.ts';
import { type Dataset, listsOf, splitByTime } from '../../../../models/ranker/dataset/dataset.ts';
import { standardOf } from '../../../../models/ranker/dataset/statistics.ts';
import { openFeatureRanker } from '../../../../models/ranker/feature-model.ts';
import { trainRanker } from '../../../../models/ranker/train.ts';
import { examples } from '../../../sim/examples.ts';

describe('an attack on features', () => {
  /** The made-up examples under names of features that can be moved in each way, and one that cannot: it knows less. */
  const names = ['item.clicks.1d', 'item.click_rate.1d', 'item.since_click', 'user.clicks.1d'];
  const named = (part: Dataset): Dataset => {
    const features = part.features.slice();
    for (let at = 0; at < features.length; at += 4) {
      const [taste, noise] = [part.features[at]! / 20, part.features[at + 1]!];
      features.set([taste, Math.abs(noise), part.features[at + 2]!, taste + 0.4 * noise], at);
    }
    return { ...part, featureNames: names, features };
  };
  const [train, validation, later] = splitByTime(named(examples({ lists: 900 }))) as [Dataset, Dataset, Dataset];
  const attack = { norm: 'linf', budget: 0.8, steps: 5 } as const;

  async function goodness(model: Uint8Array, features: Float32Array): Promise<number> {
    const ranker = await openFeatureRanker(model, names.length);
    const scores = await ranker.score({ ...later, features });
    await ranker.release();
    const gains = [...listsOf(later)].map(([a, b]) => ndcg(scores.subarray(a, b), later.clicked.subarray(a, b)) ?? 0);
    return gains.reduce((sum, each) => sum + each, 0) / gains.length;
  }

  it('keeps to the budget and the ways, and ranks worse; less so against a hardened ranker', async () => {
    const plain = await trainRanker({ train, validation }, { seed: 1, epochs: 8, batch: 128 });
    const hardening = { norm: 'linf', budget: 0.5, steps: 1, share: 0.5 } as const;
    const hardened = await trainRanker({ train, validation }, { seed: 1, epochs: 8, batch: 128, hardening });
    const moved = await movedFeatures(plain.model, later, train, attack);
    const { scale } = standardOf(train);
    for (let at = 0; at < moved.length; at++) {
      const change = (moved[at]! - later.features[at]!) * (scale[at % 4] || 1);
      expect(Math.abs(change)).toBeLessThanOrEqual(attack.budget + 1e-3);
      const way = wayOf(names[at % 4]!);
      if (way === 'up') expect(change).toBeGreaterThanOrEqual(0);
      if (way === 'down') expect(change).toBeLessThanOrEqual(0);
      if (way === 'nowhere') expect(moved[at]).toBe(later.features[at]);
    }
    const [clean, attacked] = [await goodness(plain.model, later.features), await goodness(plain.model, moved)];
    const own = await goodness(hardened.model, await movedFeatures(hardened.model, later, train, attack));
    expect(attacked).toBeLessThan(clean - 0.02);
    expect(own).toBeGreaterThan(attacked);
  });
});
