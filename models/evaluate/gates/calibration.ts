import type { Check } from '../../../schemas/models/models.ts';
import type { GatePolicy } from '../../../schemas/policies/gate-policy.ts';
import type { ClickRatio, Reliability } from '../evidence/reliability.ts';
import { type Gate, notJudged, show } from './gate.ts';

export const calibration: Gate<'calibration'> = {
  name: 'calibration',
  asks: 'are its probabilities the rates at which people click, high ones and low ones?',
  evaluate: ({ evaluation: { rankers, reliability } }, limits) => [
    calibrated(rankers.candidate.ece, limits.ece),
    ...inProportion(reliability, limits),
  ],
};

function calibrated(value: number | null, threshold: number): Check {
  const allowed = `at most ${show(threshold)} is allowed`;
  if (value === null) return notJudged('calibrated', threshold, `no probabilities to look at; ${allowed}`, false);
  const reason = `predicted and observed click rates lie ${show(value)} apart; ${allowed}`;
  return { name: 'calibrated', passed: value <= threshold, value, low: null, high: null, threshold, reason };
}

/** Who predicts several times too many clicks, or too few, is refused where that is beyond chance. */
function inProportion(reliability: Reliability | null, { ratio, bin_ratio }: GatePolicy['calibration']): Check[] {
  const [all, bins] = ['click_ratio', 'click_ratio_of_bins'];
  if (!reliability) {
    const reason = 'no probabilities to look at';
    return [notJudged(all, ratio, reason, false), notJudged(bins, bin_ratio, reason, false)];
  }
  const clicks = `clicks for each predicted one, of ${reliability.all.clicks}`;
  if (reliability.bins.length === 0) {
    const few = `${reliability.all.clicks} clicks are too few to judge parts of the predictions by; not judged`;
    return [within(all, reliability.all, ratio, clicks), notJudged(bins, bin_ratio, few)];
  }
  const worst = reliability.bins.reduce((a, b) => (beyond(b) > beyond(a) ? b : a));
  const which = `${reliability.bins.indexOf(worst) + 1} of ${reliability.bins.length}, from the greatest predictions down`;
  const what = `clicks for each predicted one where that is furthest from 1, part ${which}, of ${worst.clicks} where ${show(worst.expected / worst.rows)} of the rows were to be clicked`;
  return [within(all, reliability.all, ratio, clicks), within(bins, worst, bin_ratio, what)];
}

/** The whole interval has to lie beyond the limit, so that chance refuses nobody. */
function within(name: string, { value, low, high }: ClickRatio, limit: number, what: string): Check {
  const passed = low <= limit && high >= 1 / limit;
  const reason = `${what}: ${show(value)}, between ${show(low)} and ${show(high)}; ${
    passed ? 'not ' : ''
  }beyond ${show(1 / limit)} to ${show(limit)} and beyond chance`;
  return { name, passed, value, low, high, threshold: limit, reason };
}

/** How far it is shown to be from 1, whichever way; below 0 where that may be chance. */
function beyond({ low, high }: ClickRatio): number {
  return Math.max(Math.log(low), -Math.log(high));
}
