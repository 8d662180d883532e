import { confidence, type Estimate, type Interval, type Moments, perList } from '../../evaluate/sequential/sequence.ts';
import { type Cells, type Group, groupIn, logContrast } from './cells.ts';

/** Whose lists: the champion's; by popularity, for the users of the control group; in random order. */
export const SIDES = ['own', 'control', 'random'] as const;
export type Side = (typeof SIDES)[number];

/** What is compared with what. */
export const WINDOWS = ['before', 'after'] as const;
export type Window = (typeof WINDOWS)[number];

/** What lists brought in two windows, side by side: groups are those of the first window, then those of the second. */
export type Traffic = Cells;

const placeOf = (window: Window, side: Side) => SIDES.length * WINDOWS.indexOf(window) + SIDES.indexOf(side);

export const groupOf = (traffic: Traffic, window: Window, side: Side): Group => groupIn(traffic, placeOf(window, side));

export interface Least {
  lists: number;
  users: number;
}

/** Below so many clicks the logarithm of a rate is not nearly normal. */
const LEAST_CLICKS = 30;

/**
 * ln of what a list brings, with the variance of the delta method. Differences of logarithms are what a rate has lost as
 * a share of itself, and are the same at hours at which all rates are lower.
 */
export function logRate(moments: Moments): Estimate {
  const { value, variance } = perList(moments);
  return value > 0 ? { value: Math.log(value), variance: variance / value ** 2 } : NOTHING;
}
const NOTHING: Estimate = { value: 0, variance: Number.POSITIVE_INFINITY };

export interface Change extends Interval {
  /** ln of what is left. */
  value: number;
  variance: number;
  /** Whom the rates are set beside: hours and days that change all rates cancel out; null where there is nobody. */
  beside: 'control' | 'random' | null;
}

interface Asked {
  alpha: number;
  scale: number | null;
  least: Least;
}

/**
 * How the champion's rate has changed from one window to another, beside the control group's, or that of lists in random
 * order, whichever the first window has enough of: the second one is waited for until it has, too. Errors are those over
 * users with all that each had in both windows: who clicks a lot does so in both, which is no change.
 *
 * The interval is a confidence sequence, which holds for a second window that grows: the estimates of all looks have the
 * covariances of one mean that is followed as its data come, since what the first window adds to them is the same at
 * each, and so is the variance that it adds. See `confidence`.
 *
 * @returns null where there is too little to say anything
 */
export function changeOf(traffic: Traffic, asked: Asked): (Change & { scale: number }) | null {
  const { least } = asked;
  const isThere = (window: Window, side: Side) => isKnown(groupOf(traffic, window, side), least);
  const beside = isThere('before', 'control') ? 'control' : isThere('before', 'random') ? 'random' : null;
  for (const side of ['own', beside ?? 'own'] as const) {
    if (!isThere('before', side) || !isThere('after', side)) return null;
  }
  const controls: [Window, Side, number][] =
    beside === null
      ? []
      : [
          ['after', beside, -1],
          ['before', beside, 1],
        ];
  const change = contrast(traffic, [['after', 'own', 1], ['before', 'own', -1], ...controls]);
  return { ...change, ...within(change, asked), beside };
}

/** The champion's rate beside one of the controls', in the second window, which grows. */
export function leadOf(
  traffic: Traffic,
  beside: 'control' | 'random',
  asked: Asked,
): (Change & { scale: number }) | null {
  for (const side of ['own', beside] as const) if (!isKnown(groupOf(traffic, 'after', side), asked.least)) return null;
  const lead = contrast(traffic, [
    ['after', 'own', 1],
    ['after', beside, -1],
  ]);
  return { ...lead, ...within(lead, asked), beside };
}

function contrast(traffic: Traffic, signed: readonly (readonly [Window, Side, number])[]): Estimate {
  const signs = new Array<number>(SIDES.length * WINDOWS.length).fill(0);
  for (const [window, side, sign] of signed) signs[placeOf(window, side)] = sign;
  return logContrast(traffic, signs);
}

function isKnown({ users, lists, sum }: Group, least: Least): boolean {
  return users >= least.users && lists >= least.lists && sum >= LEAST_CLICKS;
}

function within(estimate: Estimate, { alpha, scale }: Asked): Interval & { scale: number } {
  const fixed = scale ?? Math.sqrt(estimate.variance);
  return { ...confidence(estimate, alpha, fixed), scale: fixed };
}

/** A stretch of a champion's life in which a sequence begins anew, so that a fall is not diluted by what was before. */
export interface Epoch {
  /** From 1. */
  number: number;
  since_ms: number;
  /** The chance of a false word that is left for it. */
  alpha: number;
}

/**
 * The epoch of a moment. All epochs of a life together have the level alpha, however many there are: the n-th has its
 * 6 / (pi n)² -th part.
 */
export function epochAt(at_ms: number, from_ms: number, length_ms: number, alpha: number): Epoch {
  const number = Math.max(1, Math.floor((at_ms - from_ms) / length_ms) + 1);
  return { number, since_ms: from_ms + (number - 1) * length_ms, alpha: (6 * alpha) / (Math.PI * number) ** 2 };
}
