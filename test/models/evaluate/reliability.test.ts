import { describe, expect, it } from 'vitest';
import { reliabilityOf } from '../../../models/evaluate/evidence/reliability.ts';
import { calibration } from '../../../models/evaluate/gates/calibration.ts';
import { calibrationError } from '../../../models/evaluate/metrics.ts';
import { random } from '../../../models/random.ts';
import { DEFAULT_GATES } from '../../../schemas/policies/gate-policy.ts';

const logit = (p: number) => Math.log(p / (1 - p));

/** Rows whose true click rates are known, and what somebody predicts of them. */
function rows(count: number, rates: (row: number) => { truth: number; predicted: number }, seed = 1) {
  const draws = random(seed);
  const each = Array.from({ length: count }, (_, row) => rates(row));
  return {
    logits: Float32Array.from(each, ({ predicted }) => logit(predicted)),
    labels: Uint8Array.from(each, ({ truth }) => Number(draws.uniform() < truth)),
    user: Int32Array.from({ length: count }, (_, row) => row % Math.ceil(count / 10)),
  };
}

/** The checks of the gate that such rows fail. */
function failed({ logits, labels, user }: ReturnType<typeof rows>): string[] {
  const ece = calibrationError(logits, labels);
  const evidence = {
    evaluation: { rankers: { candidate: { ece } }, reliability: reliabilityOf(logits, labels, user) },
  };
  const checks = calibration.evaluate(evidence as never, DEFAULT_GATES.calibration);
  return checks.filter(({ passed }) => !passed).map(({ name }) => name);
}

describe('probabilities several times too great or too small', () => {
  it.each([
    { truth: 0.05, predicted: 1e-6 },
    { truth: 0.05, predicted: 0.14 },
    { truth: 0.02, predicted: 0.1 },
  ])('are refused, less than a tenth from the truth as they are: $truth as $predicted', rates => {
    const seen = rows(4_000, () => rates);
    expect(calibrationError(seen.logits, seen.labels)).toBeLessThan(0.1);
    expect(failed(seen)).toContain('click_ratio');
  });

  it('are refused where only some of them are, and make up for each other', () => {
    const skewed = (row: number) => (row % 2 ? { truth: 0.01, predicted: 0.0601 } : { truth: 0.11, predicted: 0.0599 });
    expect(failed(rows(6_000, skewed))).toEqual(['click_ratio_of_bins']);
  });

  it('are refused also where nothing was clicked at all', () => {
    expect(failed(rows(400, () => ({ truth: 0, predicted: 0.05 })))).toEqual(['click_ratio']);
  });
});

describe('probabilities that are right', () => {
  const right = (row: number) => ({ truth: 0.01 + 0.1 * ((row % 97) / 97), predicted: 0.01 + 0.1 * ((row % 97) / 97) });

  it.each([30, 300, 3_000])('are beyond chance in at most one of twenty shops, with %i rows', count => {
    const refused = Array.from({ length: 20 }, (_, seed) => failed(rows(count, right, seed)));
    expect(refused.filter(names => names.some(name => name !== 'calibrated')).length).toBeLessThanOrEqual(1);
  });

  it('have a ratio of 1 in the intervals as often as these say', () => {
    const [shops, within] = [100, { all: 0, bins: 0 }];
    for (let seed = 1; seed <= shops; seed++) {
      const { logits, labels, user } = rows(800, right, seed);
      const { all, bins } = reliabilityOf(logits, labels, user, { bin_clicks: 10 })!;
      expect(bins.length).toBeGreaterThan(1);
      within.all += Number(all.low <= 1 && all.high >= 1);
      within.bins += Number(bins.every(({ low, high }) => low <= 1 && high >= 1));
    }
    for (const share of [within.all / shops, within.bins / shops]) {
      expect(share).toBeGreaterThan(0.9);
      expect(share).toBeLessThan(1);
    }
  });

  it('are needed: there has to be something to look at', () => {
    expect(failed(rows(0, right))).toEqual(['calibrated', 'click_ratio', 'click_ratio_of_bins']);
  });
});

describe('the ratio of clicks', () => {
  it('is surer of clicks of many users than of as many clicks of a few', () => {
    const logits = new Float32Array(400).fill(logit(0.1));
    const labels = Uint8Array.from({ length: 400 }, (_, row) => Number(row < 40));
    const of = (user: (row: number) => number) =>
      reliabilityOf(
        logits,
        labels,
        Int32Array.from(logits, (_, row) => user(row)),
      )!.all;
    const [many, few] = [of(row => row % 200), of(row => Math.floor(row / 10))];
    expect(few.value).toBe(many.value);
    expect(few.high - few.low).toBeGreaterThan(2 * (many.high - many.low));
  });

  it('has bins that share the rows and the predicted clicks evenly', () => {
    const { logits, labels, user } = rows(5_000, row => ({ truth: 0.04, predicted: row % 50 ? 0.02 : 0.9 }));
    const { all, bins } = reliabilityOf(logits, labels, user)!;
    expect(bins).toHaveLength(Math.floor(Math.min(all.clicks, all.expected) / 50));
    expect(bins.reduce((sum, bin) => sum + bin.rows, 0)).toBe(5_000);
    expect(bins.reduce((sum, bin) => sum + bin.clicks, 0)).toBe(all.clicks);
    for (const { expected } of bins) expect(expected).toBeCloseTo(all.expected / bins.length, -1);
    expect(bins[0]!.rows).toBeLessThan(bins.at(-1)!.rows / 10);
  });
});
