import { type Gate, notJudged, show } from './gate.ts';

export const calibration: Gate<'calibration'> = {
  name: 'calibration',
  asks: 'are its probabilities the rates at which people click?',
  evaluate({ evaluation: { rankers } }, { ece: threshold }) {
    const { ece: value } = rankers.candidate;
    const allowed = `at most ${show(threshold)} is allowed`;
    if (value === null) return [notJudged('calibrated', threshold, `no probabilities to look at; ${allowed}`, false)];
    const reason = `predicted and observed click rates lie ${show(value)} apart; ${allowed}`;
    return [{ name: 'calibrated', passed: value <= threshold, value, low: null, high: null, threshold, reason }];
  },
};
