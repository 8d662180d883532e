import { confidence, type Estimate } from '../../models/evaluate/sequential/sequence.ts';

/** How sure a trial is to be before it decides. */
export const LEVEL = 0.05;

/** Whether any look at two that are equally good found a difference. */
export class WrongLooks {
  /** By a confidence sequence, which holds at all looks together. */
  always = false;
  /** By the interval for one look. */
  once = false;
  #scale = 0;

  take(seen: Estimate): void {
    this.#scale ||= Math.sqrt(seen.variance);
    const { low, high } = confidence(seen, LEVEL, this.#scale);
    this.always ||= low > 0 || high < 0;
    this.once ||= Math.abs(seen.value) > 1.96 * Math.sqrt(seen.variance);
  }
}
