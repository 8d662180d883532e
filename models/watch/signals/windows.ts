import type { WatchPolicy } from '../../../schemas/policies/watch-policy.ts';
import { calibrationChange, calibrationErrorOf } from '../measures/calibration.ts';
import { type Drift, driftOf, JS_OF_PSI } from '../measures/spread.ts';
import { type Figures, percent, type Reading, read, type SpreadOf, unknown } from '../reading.ts';

/** What was beyond a limit is well within it again below this part of it. */
const CALM = 0.8;

/** A feature's drift, and how far it is beyond what chance gives. */
export interface Drifted extends Drift {
  feature: string;
  /** The greater of both indices beyond what is expected of chance, as multiples of their limits... of which both have to exceed 1. */
  excess: number;
}

/**
 * How features have drifted, the most first. Each is judged at its part of alpha: that of all of them together, of which
 * nothing has changed, one is called a drift, has a chance of alpha at most.
 */
export function driftsOf(
  spreads: readonly SpreadOf[],
  alpha: number,
  limits: Pick<WatchPolicy['drift'], 'psi' | 'js'>,
): Drifted[] {
  return spreads
    .map(({ feature, reference, now }) => {
      const drift = driftOf(reference, now, alpha / spreads.length);
      return { feature, ...drift, excess: excessOf(drift, limits) };
    })
    .sort((a, b) => b.excess - a.excess);
}

/** Above 1 both indices are beyond their limits; 0 where chance alone may give as much. */
function excessOf({ psi, js, expected, chance }: Drift, limits: { psi: number; js: number }): number {
  if (psi <= chance) return 0;
  return Math.min((psi - expected) / limits.psi, (js - expected * JS_OF_PSI) / limits.js);
}

export function driftReading({ spreads }: Figures, policy: WatchPolicy): Reading {
  if (!spreads) return unknown('drift', 'the windows are not complete yet');
  const few = tooFew(spreads[0], policy);
  if (few) return unknown('drift', few);
  const drifts = driftsOf(spreads, policy.alpha, policy.drift);
  const changed = drifts.filter(({ excess }) => excess > 1).length;
  const names = drifts.slice(0, Math.min(3, changed)).map(({ feature }) => feature);
  const which = changed === 0 ? `the most ${drifts[0]!.feature}` : `${names.join(', ')}${changed > 3 ? ', ...' : ''}`;
  const words = `${changed} of ${drifts.length} features have drifted: ${which}`;
  return driftRead('drift', drifts[0]!, policy.drift.psi, words);
}

export function scoresReading({ scores }: Figures, policy: WatchPolicy): Reading {
  if (!scores) return unknown('scores', 'the windows are not complete yet');
  const few = tooFew(scores, policy);
  if (few) return unknown('scores', few);
  const [drift] = driftsOf([scores], policy.alpha, policy.scores) as [Drifted];
  return driftRead('scores', drift, policy.scores.psi, "the champion's scores");
}

function driftRead(signal: 'drift' | 'scores', { psi, js, chance, excess }: Drifted, limit: number, words: string) {
  const says = excess > 1 ? 'bad' : excess > CALM ? 'between' : 'good';
  const numbers = `stability index ${psi.toFixed(3)}, by chance at most ${chance.toFixed(3)}; divergence ${js.toFixed(3)} bits`;
  return read(signal, says, { value: psi, high: chance, limit }, `${words} (${numbers})`);
}

function tooFew(spread: SpreadOf | undefined, { least }: WatchPolicy): string | undefined {
  for (const [name, window] of Object.entries({ reference: spread?.reference, window: spread?.now })) {
    const users = window?.users ?? 0;
    if (users < least.users) return `${users} users in the ${name}, ${least.users} are needed`;
  }
  return undefined;
}

export function calibrationReading({ calibration }: Figures, policy: WatchPolicy): Reading {
  if (!calibration) return unknown('calibration', 'the windows are not complete yet');
  const { alpha, least } = policy;
  const change = calibrationChange(calibration.before, calibration.after, { alpha, least });
  if (!change) return unknown('calibration', `${calibration.after.lists} lists with outcomes: too few to say anything`);
  const limit = Math.log1p(policy.calibration.change);
  const away = Math.max(change.low, -change.high);
  const says = away > limit ? 'bad' : Math.abs(change.value) > CALM * limit ? 'between' : 'good';
  const errors = calibrationErrorOf(calibration.after.bins);
  const words = [
    `${change.ratio.toFixed(3)} clicks for each predicted one, in the reference ${change.before.toFixed(3)}`,
    `change ${signed(change.value)} (${signed(change.low)} to ${signed(change.high)})`,
    ...(errors ? [`calibration error ${errors.error.toFixed(4)}, by chance ${errors.expected.toFixed(4)}`] : []),
  ];
  const { value, low, high } = change;
  return read('calibration', says, { value, low, high, limit }, words.join('; '));
}

/** A difference of logarithms as a share. */
function signed(difference: number): string {
  const share = Math.expm1(difference);
  return `${share > 0 ? '+' : ''}${percent(share)}`;
}
