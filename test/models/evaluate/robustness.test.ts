import { describe, expect, it } from 'vitest';
import { measureRobustness } from '../../../models/evaluate/robustness.ts';
import type { RankerBatch } from '../../../models/ranker/model.ts';
import { examples } from '../../sim/examples.ts';

const given = { ...examples({ lists: 2_400 }), featureNames: ['taste', 'noise', 'item.clicks.1d', 'constant'] };
for (let at = 0; at < given.features.length; at += 4)
  given.features[at + 2] = Math.max(0, given.features[at]! / 20 - 3);

/** Ranks by one of the four features. */
const by = (column: number) => ({
  score: async ({ rows, features }: RankerBatch) =>
    Float32Array.from({ length: rows }, (_, row) => features[4 * row + column]!),
});

describe('the robustness of a candidate', () => {
  it('is all kept where it looks at nothing that an attack moves', async () => {
    const found = await measureRobustness(given, { candidate: by(0), champion: by(2) }, { seed: 1 });
    for (const { kept } of Object.values(found!.attacks)) expect(kept).toEqual({ value: 1, low: 1, high: 1 });
  });

  it('is less where it does, with an interval below, and the other is shown to withstand it', async () => {
    const found = await measureRobustness(given, { candidate: by(2), champion: by(0) }, { seed: 1 });
    const { kept, difference, candidate, champion } = found!.attacks.click_farm;
    expect(kept.high).toBeLessThan(1);
    expect(difference.high).toBeLessThan(0);
    expect(difference.value).toBeCloseTo(candidate.value - champion.value, 10);
    expect(found!.attacks.strange_clicks.kept.value).toBe(1);
  });

  it('is unknown where nothing was clicked', async () => {
    const none = { ...given, clicked: new Uint8Array(given.rows) };
    expect(await measureRobustness(none, { candidate: by(0), champion: by(2) }, { seed: 1 })).toBeNull();
  });
});
