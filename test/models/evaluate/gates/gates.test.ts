import { describe, expect, it } from 'vitest';
import type { Evaluation } from '../../../../models/evaluate/compare.ts';
import type { Evidence } from '../../../../models/evaluate/evidence/evidence.ts';
import type { Slice } from '../../../../models/evaluate/evidence/slices.ts';
import { judge } from '../../../../models/evaluate/gate.ts';
import { GATES } from '../../../../models/evaluate/gates/all.ts';
import { Verdict } from '../../../../schemas/models/models.ts';
import { DEFAULT_GATES, GatePolicy } from '../../../../schemas/policies/gate-policy.ts';

const SOUND = { finite: true, ndcg: 0.6, mrr: 0.5, auc: 0.7, logloss: 0.3, ece: 0.02 };
const interval = (value: number, half = 0.01) => ({ value, low: value - half, high: value + half });
const slice = (value: number, half = 0.01, lists = 500): Slice => {
  return { name: 'new_users', what: 'lists of new users', of: 'user', lists, difference: interval(value, half) };
};
const clickRatio = (value: number, times = 1.2) => {
  return { value, low: value / times, high: value * times, rows: 2_000, clicks: 100, expected: 100 / value };
};
const EVALUATION: Evaluation = {
  ...{ rows: 10_000, users: 200, by: 'ndcg', lists: 900, clicks: 1_000, order: 'explored' },
  rankers: { candidate: SOUND, champion: SOUND, popularity: SOUND },
  reliability: { all: clickRatio(1.1), bins: [clickRatio(1.4), clickRatio(0.8)] },
  differences: { champion: interval(0), popularity: interval(0.05) },
  slices: [slice(0)],
  offPolicy: null,
};
const WITHSTOOD = { candidate: interval(0.55), champion: interval(0.55), kept: interval(0.9), difference: interval(0) };
const withstood = (more: Partial<Record<keyof typeof WITHSTOOD, ReturnType<typeof interval>>> = {}) => ({
  lists: 900,
  users: 200,
  attacks: {
    click_farm: { ...WITHSTOOD, ...more },
    dilution: WITHSTOOD,
    strange_clicks: WITHSTOOD,
    tampered_contents: WITHSTOOD,
  },
});
const TOPS = { coverage: 0.5, diversity: 0.4, exposure_gini: 0.6 };
/** Of a candidate that every gate lets through. */
const EVIDENCE: Evidence = {
  evaluation: EVALUATION,
  robustness: withstood(),
  variety: { candidate: TOPS, champion: TOPS },
  consistency: { compared: 5_000, different: 3 },
  parity: { max_abs_difference: 0.1, cosine: 0.999, rank_correlation: 0.999 },
  serving: { provider: 'cpu', candidates: 500, p50_ms: 1, p99_ms: 3, bytes: 50_000 },
};
const evaluation = (more: Partial<Evaluation>): Partial<Evidence> => ({ evaluation: { ...EVALUATION, ...more } });
const candidate = (more: Partial<typeof SOUND>) =>
  evaluation({ rankers: { ...EVALUATION.rankers, candidate: { ...SOUND, ...more } } });

const reliability = (all: ReturnType<typeof clickRatio>, bins: (typeof all)[] = []) =>
  evaluation({ reliability: { all, bins } });

const failedBy = (more: Partial<Evidence>, policy: object = {}) => {
  const verdict = judge({ ...EVIDENCE, ...more }, GatePolicy.parse(policy));
  expect(Verdict.parse(verdict)).toEqual(verdict);
  const failed = verdict.checks.filter(({ passed }) => !passed);
  expect(failed.every(({ reason }) => reason.length > 10)).toBe(true);
  return { ...verdict, failed: failed.map(({ gate, name }) => `${gate}/${name}`) };
};

describe('the gates', () => {
  it('let through whom none of them refuses, and each has asked', () => {
    const { passed, failed, checks } = failedBy({});
    expect({ passed, failed }).toEqual({ passed: true, failed: [] });
    expect(new Set(checks.map(({ gate }) => gate))).toEqual(new Set(Object.keys(GATES)));
  });

  it.each<[string, Partial<Evidence>]>([
    ['data/enough_lists', evaluation({ lists: 49 })],
    ['data/enough_clicks', evaluation({ clicks: 49 })],
    ['finite/finite_scores', candidate({ finite: false })],
    [
      'quality/not_worse_than_champion',
      evaluation({ differences: { ...EVALUATION.differences, champion: interval(-0.015) } }),
    ],
    [
      'quality/better_than_popularity',
      evaluation({ differences: { ...EVALUATION.differences, popularity: interval(0.01) } }),
    ],
    ['slices/slice_new_users', evaluation({ slices: [slice(-0.04)] })],
    ['calibration/calibrated', candidate({ ece: 0.11 })],
    ['calibration/click_ratio', reliability(clickRatio(0.6))],
    ['calibration/click_ratio', reliability(clickRatio(1.6))],
    ['calibration/click_ratio_of_bins', reliability(clickRatio(1), [clickRatio(1.9), clickRatio(0.3)])],
    ['calibration/click_ratio_of_bins', reliability(clickRatio(1), [clickRatio(2.5), clickRatio(0.6)])],
    ['robustness/click_farm_kept', { robustness: withstood({ kept: interval(0.6) }) }],
    ['robustness/click_farm', { robustness: withstood({ difference: interval(-0.05) }) }],
    ['variety/coverage', { variety: { candidate: { ...TOPS, coverage: 0.3 }, champion: TOPS } }],
    ['variety/diversity', { variety: { candidate: { ...TOPS, diversity: 0.2 }, champion: TOPS } }],
    ['consistency/features_agree', { consistency: { compared: 5_000, different: 200 } }],
    ['parity/parity', { parity: { ...EVIDENCE.parity!, rank_correlation: 0.98 } }],
    ['serving/latency', { serving: { ...EVIDENCE.serving!, p99_ms: 51 } }],
    ['serving/size', { serving: { ...EVIDENCE.serving!, bytes: 1e9 } }],
  ])('refuse by %s alone', (check, more) => {
    expect(failedBy(more)).toMatchObject({ passed: false, failed: [check] });
  });

  it('refuse nobody for what an attack may do by chance', () => {
    const unsure = withstood({ kept: interval(0.65, 0.1), difference: interval(-0.05, 0.06) });
    expect(failedBy({ robustness: unsure }).failed).toEqual([]);
  });

  it('refuse nobody for clicks that are too many or too few by chance alone, or as far as the policy allows', () => {
    expect(failedBy(reliability(clickRatio(1.4), [clickRatio(2.3), clickRatio(0.45)])).failed).toEqual([]);
    const { failed, checks } = failedBy(reliability(clickRatio(3, 4)));
    expect(failed).toEqual([]);
    expect(checks.find(({ name }) => name === 'click_ratio_of_bins')!.reason).toMatch(/100 clicks are too few/);
    expect(failedBy(reliability(clickRatio(1.6)), { calibration: { ratio: 1.5 } }).failed).toEqual([]);
  });

  it('name the part of the predictions that is shown to be furthest off', () => {
    const bins = [clickRatio(1.9, 2), clickRatio(0.4, 1.1), clickRatio(0.9)];
    const found = failedBy(reliability(clickRatio(1), bins)).checks.find(({ name }) => name === 'click_ratio_of_bins')!;
    expect(found).toMatchObject({ passed: false, value: 0.4, threshold: 2 });
    expect(found.reason).toMatch(/part 2 of 3.*0\.4000, between 0\.3636 and 0\.4400; beyond 0\.5000 to 2 /);
  });

  it('refuse a slice neither where the difference may be chance, nor where there is too little of it', () => {
    expect(failedBy(evaluation({ slices: [slice(-0.04, 0.05)] })).failed).toEqual([]);
    const { failed, checks } = failedBy(evaluation({ slices: [slice(-0.4, 0.01, 99)] }));
    expect(failed).toEqual([]);
    expect(checks.find(({ name }) => name === 'slice_new_users')!.reason).toMatch(/99, too few to judge by; 100/);
  });

  it('allow more where a slice is cut by what was clicked, for that depends on who served', () => {
    const clicked = (value: number) => evaluation({ slices: [{ ...slice(value), of: 'clicked' }] });
    expect(failedBy(clicked(-0.1)).failed).toEqual([]);
    expect(failedBy(clicked(-0.2)).failed).toEqual(['slices/slice_new_users']);
  });

  it('judge nobody by features of which hardly any were compared', () => {
    expect(failedBy({ consistency: { compared: 999, different: 999 } }).failed).toEqual([]);
    const { failed, checks } = failedBy({ consistency: { compared: 0, different: 0, overtaken: 12 } });
    expect(failed).toEqual([]);
    expect(checks.find(({ gate }) => gate === 'consistency')!.reason).toMatch(
      /0 values .*12 checks between an erasure/,
    );
  });

  it('ask nothing where nobody has looked for the evidence', () => {
    const { checks } = judge({ evaluation: EVALUATION });
    expect(checks.map(({ gate }) => gate)).not.toContain('serving');
    expect(checks.length).toBeGreaterThan(5);
  });
});

describe('a policy', () => {
  const worse = candidate({ ece: 0.2 });

  it('may have a gate report without refusing, or not ask at all', () => {
    const reported = failedBy(worse, { calibration: { mode: 'report' } });
    expect(reported).toMatchObject({ passed: true, failed: ['calibration/calibrated'] });
    const off = failedBy(worse, { calibration: { mode: 'off' } });
    expect(off).toMatchObject({ passed: true, failed: [] });
    expect(off.checks.map(({ gate }) => gate)).not.toContain('calibration');
  });

  it('may ask for better than the champion', () => {
    const than_champion = { quality: { than_champion: 'better' } };
    expect(failedBy({}, than_champion).failed).toEqual(['quality/better_than_champion']);
    const better = evaluation({ differences: { ...EVALUATION.differences, champion: interval(0.02) } });
    expect(failedBy(better, than_champion).passed).toBe(true);
  });

  it('has limits that count', () => {
    expect(failedBy({}, { serving: { p99_ms: 2 } }).failed).toEqual(['serving/latency']);
    expect(DEFAULT_GATES.serving.p99_ms).toBe(50);
  });
});
