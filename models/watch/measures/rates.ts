import {
  confidence,
  difference,
  type Estimate,
  type Interval,
  type Moments,
  perList,
} from '../../evaluate/sequential/sequence.ts';

/** What lists brought in a window: those of the champion, and those that no champion orders. */
export interface Traffic {
  own: Moments;
  /** By popularity, for the users of the control group. */
  control: Moments;
  /** In random order. */
  random: Moments;
}

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

/**
 * How the champion's rate has changed from one window to another, beside the control group's, or that of lists in random
 * order, whichever the first window has enough of: the second one is waited for until it has, too. Users who are in several
 * of the four groups make the error smaller than it is said to be, not larger.
 *
 * The interval is a confidence sequence, which holds for a second window that grows: the estimates of all looks have the
 * covariances of one mean that is followed as its data come, since what the first window adds to them is the same at
 * each, and so is the variance that it adds. See `confidence`.
 *
 * @returns null where there is too little to say anything
 */
export function changeOf(
  before: Traffic,
  after: Traffic,
  { alpha, scale, least }: { alpha: number; scale: number | null; least: Least },
): (Change & { scale: number }) | null {
  const beside = isKnown(before.control, least) ? 'control' : isKnown(before.random, least) ? 'random' : null;
  for (const name of ['own', beside ?? 'own'] as const) {
    if (!isKnown(before[name], least) || !isKnown(after[name], least)) return null;
  }
  const level = (of: Traffic) => (beside ? difference(logRate(of.own), logRate(of[beside])) : logRate(of.own));
  const change = difference(level(after), level(before));
  return { ...change, ...within(change, alpha, scale), beside };
}

/** The champion's rate beside one of the controls', in one window that grows. */
export function leadOf(
  { own, ...others }: Traffic,
  beside: 'control' | 'random',
  { alpha, scale, least }: { alpha: number; scale: number | null; least: Least },
): (Change & { scale: number }) | null {
  if (!isKnown(own, least) || !isKnown(others[beside], least)) return null;
  const lead = difference(logRate(own), logRate(others[beside]));
  return { ...lead, ...within(lead, alpha, scale), beside };
}

function isKnown({ users, lists, sum }: Moments, least: Least): boolean {
  return users >= least.users && lists >= least.lists && sum >= LEAST_CLICKS;
}

function within(estimate: Estimate, alpha: number, scale: number | null): Interval & { scale: number } {
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
