import { difference, type Interval, type Moments } from '../../evaluate/sequential/sequence.ts';
import { upperNormal } from './chance.ts';
import { type Least, logRate } from './rates.ts';

/** Rows of one range of predicted probabilities. */
export interface CalibrationBin {
  rows: number;
  /** Sum of the predicted probabilities. */
  expected: number;
  clicks: number;
}

/** What was predicted of the items that were seen in a window, and what was clicked. */
export interface Calibration {
  /** Of each user the clicks that were predicted (`lists`) and those that came (`sum`). */
  clicks: Moments;
  /** Lists whose outcomes are known. */
  lists: number;
  bins: CalibrationBin[];
}

export interface CalibrationError {
  /** Expected calibration error over the bins, 0 to 1. */
  error: number;
  /** What it is on average where every prediction is right, for there are only so many rows. */
  expected: number;
}

/**
 * Clicks of a bin vary about their expectation by chance: with independent rows the error of a right prediction is the
 * mean deviation of a normal number with their variance.
 */
export function calibrationErrorOf(bins: readonly CalibrationBin[]): CalibrationError | null {
  const all = bins.reduce((sum, bin) => sum + bin.rows, 0);
  if (all === 0) return null;
  let [error, chance] = [0, 0];
  for (const { rows, expected, clicks } of bins) {
    const p = expected / rows;
    error += Math.abs(expected - clicks);
    chance += Math.sqrt((2 / Math.PI) * rows * p * Math.max(0, 1 - p));
  }
  return { error: error / all, expected: chance / all };
}

/** Clicks for each predicted one, in a window and beside the reference. */
export interface CalibrationChange extends Interval {
  /** Of the window. */
  ratio: number;
  /** Of the reference. */
  before: number;
  /** ln of how the one has changed to the other; the interval is for one look, over users. */
  value: number;
}

/** @returns null where there is too little to say anything */
export function calibrationChange(
  before: Calibration,
  after: Calibration,
  { alpha, least }: { alpha: number; least: Least },
): CalibrationChange | null {
  for (const { clicks, lists } of [before, after]) {
    if (clicks.users < least.users || lists < least.lists || !(clicks.sum > 0) || !(clicks.lists > 0)) return null;
  }
  const { value, variance } = difference(logRate(after.clicks), logRate(before.clicks));
  const radius = upperNormal(alpha / 2) * Math.sqrt(variance);
  const ratio = ({ clicks }: Calibration) => clicks.sum / clicks.lists;
  return { ratio: ratio(after), before: ratio(before), value, low: value - radius, high: value + radius };
}
