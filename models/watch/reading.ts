import type { SignalName } from '../../schemas/policies/watch-policy.ts';
import type { ClickFactor } from '../ads/click-factor.ts';
import type { AdClicks } from '../ads/click-rates.ts';
import type { Calibration } from './measures/calibration.ts';
import type { Traffic } from './measures/rates.ts';
import type { Spread } from './measures/spread.ts';

/** Who is watched. */
export interface Watched {
  model: string;
  /** Who served before; null: nobody. */
  former: string | null;
  promoted_ms: number;
  /** Whether it came by a promotion, and not by a rollback. */
  isPromoted: boolean;
  /** Whether it learned from examples: popularity has nothing that could grow old. */
  isTrained: boolean;
}

/** A feature, or the scores, in the reference and in the recent window. */
export interface SpreadOf {
  feature: string;
  reference: Spread;
  now: Spread;
}

/** How lists came about lately. */
export interface Service {
  /** Those that the champion should have ordered. */
  lists: number;
  /** Of these, those that fell back to popularity, and those without an item. */
  fallback: number;
  empty: number;
  /** Values of features, and those that are no number. */
  values: number;
  odd: number;
  /** The share of values that are as of an unknown user and item, lately and in the reference; the feature that gained most. */
  defaults: { now: number; before: number; most: string } | null;
  /** From the newest list whose label window is over back to the newest with outcomes; null where there was no such list. */
  overdue_ms: number | null;
}

/** What a look read, by signal; null: its time has not come. */
export interface Figures {
  at_ms: number;
  spreads: SpreadOf[] | null;
  scores: SpreadOf | null;
  calibration: { before: Calibration; after: Calibration } | null;
  /** Clicks on ads that were sold by what this model predicts. */
  ads: (AdClicks & { lists: number }) | null;
  /** What the ads' own lists teach of this model; null where there were none. */
  factor: ClickFactor | null;
  /** Of the reference, and of the epoch that runs. */
  traffic: Traffic | null;
  /** Of the former champion's last hours, and of all since the promotion. */
  succession: Traffic | null;
  service: Service;
}

/** What a signal says at one look. */
export interface Reading {
  signal: SignalName;
  /** `between`: not beyond its limit, and not well within it; `unknown`: too little data, or not the time. */
  says: 'bad' | 'between' | 'good' | 'unknown';
  value: number | null;
  low: number | null;
  high: number | null;
  limit: number | null;
  reason: string;
  /** Of a sequence: which one it is, and the scale that stays the same in it. */
  sequence: { epoch: number; beside: string; scale: number } | null;
  /** Nobody serves beside the champion to tell it from the season: it is told, and nothing follows. */
  isAlone: boolean;
}

export function unknown(signal: SignalName, reason: string): Reading {
  const numbers = { value: null, low: null, high: null, limit: null };
  return { signal, says: 'unknown', ...numbers, reason, sequence: null, isAlone: false };
}

/** A reading without a sequence. */
export function read(
  signal: SignalName,
  says: Reading['says'],
  {
    value,
    low = null,
    high = null,
    limit,
  }: { value: number; low?: number | null; high?: number | null; limit: number },
  reason: string,
): Reading {
  return { signal, says, value, low, high, limit, reason, sequence: null, isAlone: false };
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
