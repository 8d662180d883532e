import { describe, expect, it, test } from 'vitest';
import { upperF, upperNormal } from '../../../../models/watch/measures/chance.ts';
import { driftOf, edgesOf } from '../../../../models/watch/measures/spread.ts';
import { driftsOf } from '../../../../models/watch/signals/windows.ts';
import { DEFAULT_WATCH } from '../../../../schemas/policies/watch-policy.ts';
import fc from '../../../properties.ts';
import { binned, spreadOf, tenths, values } from '../../../sim/watched.ts';

/** One row for each user: shares as of independent rows. */
const shares = (counts: readonly number[]) => {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return {
    users: all,
    counts: [...counts],
    products: counts.flatMap((count, a) => counts.map((_, b) => (a === b ? count : 0))),
  };
};
const counts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 10 });

test('quantiles of chance are those of the tables', () => {
  for (const [p, z] of [
    [0.5, 0],
    [0.05, 1.6449],
    [0.001, 3.0902],
    [1e-6, 4.7534],
  ] as const) {
    expect(upperNormal(p)).toBeCloseTo(z, 2);
  }
  for (const [freedom, p, x] of [
    [1, 0.01, 6.635],
    [3, 0.05, 7.815],
    [9, 0.001, 27.877],
    [9, 1e-5, 39.34],
  ] as const) {
    expect((freedom * upperF(freedom, 1e9, p)) / x).toBeCloseTo(1, 1);
  }
});

describe('the drift of a feature', () => {
  it('is nothing between a window and itself, and as much either way round', () => {
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const [one, other] = [shares(a), shares(Array.from(a, (_, n) => b[n % b.length]!))];
        expect(driftOf(one, one, 0.01)).toMatchObject({ psi: 0, js: 0 });
        const [there, back] = [driftOf(one, other, 0.01), driftOf(other, one, 0.01)];
        expect(there.psi).toBeCloseTo(back.psi, 10);
        expect(there.js).toBeCloseTo(back.js, 10);
        expect(there.psi).toBeGreaterThanOrEqual(0);
        expect(there.js).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("is the textbook's: half and half against a quarter and three quarters", () => {
    const { psi, js } = driftOf(shares([50, 50]), shares([25, 75]), 0.01);
    expect(psi).toBeCloseTo(0.25 * Math.log(2) + 0.25 * Math.log(1.5), 10);
    expect(js).toBeCloseTo(0.0488, 3);
  });

  it('of independent rows is by chance what the chi square says', () => {
    const { expected, chance } = driftOf(shares([40, 60, 50]), shares([40, 60, 50]), 0.01);
    expect(expected).toBeCloseTo((3 - 1) * (2 / 149), 4); // (bins - 1)(1 / n + 1 / m)
    expect(chance).toBeCloseTo((2 / 149) * 9.51, 2); // 2 F(2, 149)
  });

  it('is expected to be larger where rows are of few users', () => {
    const users = (count: number, rows: number) =>
      spreadOf(Array.from({ length: count }, (_, user) => (user % 2 === 0 ? [rows, 0] : [0, rows])));
    const [of30, of600] = [users(30, 20), users(600, 1)];
    expect(driftOf(of30, of30, 0.01).expected / driftOf(of600, of600, 0.01).expected).toBeGreaterThan(19);
  });

  it.each([
    { users: 60, lists: 300 },
    { users: 120, lists: 400 },
  ])('is beyond chance at its level, where nothing has changed: $users users', window => {
    const edges = tenths(values({ users: 500, lists: 2_000, seed: 1 }, 0));
    const runs = 400;
    let beyond = 0;
    for (let seed = 1; seed <= runs; seed++) {
      const [one, other] = [seed, seed + 100_000].map(seed => binned(values({ ...window, seed }, 1), edges));
      const { psi, chance } = driftOf(one!, other!, 0.05);
      beyond += Number(psi > chance);
    }
    expect(beyond / runs).toBeGreaterThan(0.02);
    expect(beyond / runs).toBeLessThan(0.08); // 0.05, and what 400 runs leave open
  });

  it('has bins for what is below, and beyond, what was known', () => {
    expect(edgesOf([0, 1, 2, 7])).toEqual([0, 1, 2]);
    expect(edgesOf([0])).toEqual([0]);
  });
});

describe('many features in small windows', () => {
  const FEATURES = 30;
  const window = { users: 120, lists: 400 };
  const drifts = (seed: number, shift: number, alpha: number) =>
    driftsOf(
      Array.from({ length: FEATURES }, (_, feature) => {
        const earlier = values({ ...window, seed }, feature);
        const edges = tenths(values({ users: 500, lists: 2_000, seed: 1 }, feature));
        const later = values({ ...window, seed: seed + 1_000, shift: feature === 0 ? shift : 0 }, feature);
        return { feature: String(feature), reference: binned(earlier, edges), now: binned(later, edges) };
      }),
      alpha,
      DEFAULT_WATCH.drift,
    );

  it('are not beyond chance more often than they may, and far less often an alarm; the bare index is one at once', () => {
    const runs = 40;
    let [beyond, alarms, bare] = [0, 0, 0];
    for (let seed = 1; seed <= runs; seed++) {
      const found = drifts(seed, 0, 0.05);
      beyond += Number(found.some(({ psi, chance }) => psi > chance));
      alarms += Number(found[0]!.excess > 1);
      bare += Number(found.some(({ psi }) => psi > 0.1));
    }
    expect(beyond / runs).toBeLessThanOrEqual(0.1); // 0.05, and what 40 runs leave open
    expect(alarms).toBe(0);
    expect(bare / runs).toBeGreaterThan(0.5);
  });

  it('show the one that has moved by a deviation, and no other', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const found = drifts(seed, 1, DEFAULT_WATCH.alpha);
      expect(found.filter(({ excess }) => excess > 1).map(({ feature }) => feature)).toEqual(['0']);
    }
  });
});
