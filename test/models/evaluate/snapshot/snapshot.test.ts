import { describe, expect, it } from 'vitest';
import { judgeSnapshot } from '../../../../models/evaluate/gate.ts';
import { inspect } from '../../../../models/evaluate/snapshot/inspect.ts';
import { type Dataset, UNKNOWN } from '../../../../models/ranker/dataset/dataset.ts';
import { Verdict } from '../../../../schemas/models/models.ts';
import { GatePolicy } from '../../../../schemas/policies/gate-policy.ts';
import { examples } from '../../../sim/examples.ts';

const DAY_MS = 86_400_000;
const sound = examples({ lists: 800 });
const now_ms = sound.at_ms.at(-1)! + DAY_MS;

/** A copy with some of it changed. */
function changed(change: (dataset: Dataset) => void): Dataset {
  const copy = structuredClone(sound);
  change(copy);
  return copy;
}

/** Writes a column of the features. */
function put(dataset: Dataset, feature: string, value: (row: number) => number): void {
  const at = dataset.featureNames.indexOf(feature);
  for (let row = 0; row < dataset.rows; row++) dataset.features[row * dataset.featureNames.length + at] = value(row);
}

function failedOn(dataset: Dataset, policy: object = {}, before?: Dataset) {
  const verdict = judgeSnapshot(inspect(dataset, now_ms, before), GatePolicy.parse(policy));
  expect(Verdict.parse(verdict)).toEqual(verdict);
  return { ...verdict, failed: verdict.checks.filter(({ passed }) => !passed).map(({ name }) => name) };
}

describe('examples', () => {
  it('that are sound are let through, with what is known of them', () => {
    const { passed, failed, metrics } = failedOn(sound);
    expect({ passed, failed }).toEqual({ passed: true, failed: [] });
    expect(metrics).toMatchObject({ lists: 800, known: 1, leak_auc: expect.any(Number) });
  });

  it.each<[string, (dataset: Dataset) => void, object?]>([
    ['lists', () => {}, { lists: 801 }],
    ['clicks', ({ clicked }) => clicked.fill(0)],
    ['odd_rows', ({ clicked }) => clicked.fill(7, 3, 4)],
    ['odd_rows', ({ propensity }) => propensity.fill(1.5, 3, 4)],
    ['odd_rows', ({ position }) => position.fill(-1, 3, 4)],
    ['click_rate', ({ clicked }) => clicked.fill(1, 0, clicked.length - 200)],
    ['constant_features', dataset => put(dataset, 'noise', () => 1), { constant: 1 }],
    ['known_labels', ({ purchased }) => purchased.fill(UNKNOWN, 100), { known: 0.5 }],
    ['age', () => {}, { age_days: 0.5 }],
    ['leakage', dataset => put(dataset, 'noise', row => dataset.clicked[row]! + 0.0001 * row)],
    ['leakage', dataset => put(dataset, 'noise', row => -dataset.clicked[row]!)],
  ])('are refused by %s alone', (check, change, limits = {}) => {
    const { failed, passed } = failedOn(changed(change), { snapshot: limits });
    expect({ failed, passed }).toEqual({ failed: [check], passed: false });
  });

  it('whose features are spread otherwise than those of the champion are told, and refused where that is asked for', () => {
    const shifted = changed(dataset => put(dataset, 'taste', row => 200 + row));
    const told = failedOn(shifted, {}, sound);
    expect(told).toMatchObject({ passed: true, failed: ['skew'] });
    expect(told.checks.find(({ name }) => name === 'skew')!.reason).toMatch(/index of taste, .*\(1 have changed\)/);
    expect(failedOn(shifted, { skew: { mode: 'refuse' } }, sound).passed).toBe(false);
    expect(failedOn(examples({ lists: 800, seed: 2 }), { skew: { mode: 'refuse' } }, sound).failed).toEqual([]);
  });
});
