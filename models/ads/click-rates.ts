import { type ClickRatio, reliabilityOf } from '../evaluate/evidence/reliability.ts';
import { calibrationError } from '../evaluate/metrics.ts';
import { examination } from '../features/aggregates/examination.ts';

/** Ads that were seen, a row for each. */
export interface SeenAds {
  /** P(click) at a usual place, by which the auction ordered and priced. */
  rate: ArrayLike<number>;
  /** 0 = top. */
  position: ArrayLike<number>;
  clicked: Uint8Array;
  user: Int32Array;
}

/** Clicks that came for each that auctions counted on. */
export interface AdClicks {
  all: ClickRatio;
  /** By the prediction, greatest first; their intervals hold together with 95 % confidence. None where clicks are too few. */
  bins: ClickRatio[];
  /** From the top, each interval for itself. */
  places: (ClickRatio & { position: number })[];
  /** Expected calibration error. */
  ece: number;
}

const MOST_SURE = 1 - 1e-6;

/**
 * P(click) at a place, as auctions take it: what it is at a usual place, times how much further this one is looked at.
 *
 * @param usual_look how far places are looked at that the ranker has learned from, on the mean (`usualLook`)
 */
export function rateAt(rate: number, position: number, usual_look: number): number {
  return Math.min(MOST_SURE, (rate * examination(position)) / usual_look);
}

/** @param rows how many items were seen at each position; NaN where there is none at all */
export function usualLook(rows: readonly { position: number; rows: number }[]): number {
  const [looks, all] = rows.reduce(
    ([sum, count], at) => [sum + at.rows * examination(at.position), count + at.rows],
    [0, 0],
  );
  return looks / all;
}

/** @returns null where nothing was seen */
export function adClicksOf({ rate, position, clicked, user }: SeenAds, usual_look: number): AdClicks | null {
  const logits = Float32Array.from(rate, (each, row) => logit(rateAt(each, position[row]!, usual_look)));
  const found = reliabilityOf(logits, clicked, user);
  if (!found) return null;
  const positions = [...new Set(Array.from(position))].sort((a, b) => a - b);
  const places = positions.map(place => {
    const rows = [...clicked.keys()].filter(row => position[row] === place);
    const of = (column: ArrayLike<number>) => rows.map(row => column[row]!);
    const own = [Float32Array.from(of(logits)), Uint8Array.from(of(clicked)), Int32Array.from(of(user))] as const;
    return { position: place, ...reliabilityOf(...own, { most_bins: 1 })!.all };
  });
  return { ...found, places, ece: calibrationError(logits, clicked)! };
}

function logit(rate: number): number {
  return Math.log(rate / (1 - rate));
}
