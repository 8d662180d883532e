import { learnFactor } from '../../../models/ads/click-factor.ts';
import { rateAt } from '../../../models/ads/click-rates.ts';
import { fitPlatt } from '../../../models/calibrate/platt.ts';
import { DEFAULT_WATCH } from '../../../schemas/policies/watch-policy.ts';

/** An ad that was seen. */
export interface Row {
  list: number;
  /** P(click) at a usual place, as the ranker says it. */
  rate: number;
  position: number;
  clicked: number;
  user: number;
  explored: boolean;
}

/** P(click) that is taken on a list in place of what the ranker says. */
export type Correction = (rate: number, list: number) => number;

/** Of the lists that are judged, the later half, so many parts are sold by factors of their own. */
const PARTS = 20;

/** By what the watch would have learned from the lists before, each time from all of them. */
export function byFactor(rows: readonly Row[], lists: number, usual_look: number): Correction {
  const first = lists / 2;
  const factors = Array.from({ length: PARTS }, (_, part) => {
    const before = rows.filter(({ list }) => list < first + (part * (lists - first)) / PARTS);
    return learnFactor(columnsOf(before), usual_look, DEFAULT_WATCH.least).factor;
  });
  const partOf = (list: number) => Math.max(0, Math.floor(((list - first) * PARTS) / (lists - first)));
  return (rate, list) => Math.min(1, rate * factors[partOf(list)]!);
}

function columnsOf(rows: readonly Row[]) {
  return {
    rate: rows.map(({ rate }) => rate),
    position: rows.map(({ position }) => position),
    clicked: Uint8Array.from(rows, ({ clicked }) => clicked),
    user: Int32Array.from(rows, ({ user }) => user),
    list: Int32Array.from(rows, ({ list }) => list),
  };
}

/** By the clicks of these rows, at their places. */
export function byScaleAndBias(rows: readonly Row[], usual_look: number): Correction {
  const logits = Float32Array.from(rows, ({ rate, position }) => logit(rateAt(rate, position, usual_look)));
  const { scale, bias } = fitPlatt(
    logits,
    Uint8Array.from(rows, ({ clicked }) => clicked),
  );
  return rate => 1 / (1 + Math.exp(-(scale * logit(rate) + bias)));
}

function logit(rate: number): number {
  const p = Math.min(1 - 1e-6, Math.max(1e-9, rate));
  return Math.log(p / (1 - p));
}
