import { percent } from './percent.ts';
import { deviationsBeyond, type Estimate, leastAtOneLook } from './sequence.ts';

/** What a list of the champion brings, and what one of the challenger brings beyond it. */
export interface Effect {
  level: number;
  effect: Estimate;
}

/** Whether a look, planned beforehand and the only one, shows the challenger to be no more than the margin worse. */
export interface Ending {
  passes: boolean;
  /** Why, or why not, in a sentence with the numbers. */
  reason: string;
}

/** Of equals so many pass with the lists that a trial is said to need. */
const POWER = 0.8;

/**
 * A last look is planned, by the clock, and so an interval for one look holds there.
 *
 * @param margin as a share of the champion's level
 * @param alpha chance that one passes which is worse by the margin
 * @param lists of the challenger
 */
export function endingOf({ level, effect }: Effect, margin: number, alpha: number, lists: number): Ending {
  const least = leastAtOneLook(effect, alpha);
  const share = (value: number) => percent(value / level, '+');
  const words = `clicks for each list: ${share(effect.value)} (by this look ${share(least)} at least)`;
  if (least > -margin * level) return { passes: true, reason: `no more than ${percent(margin)} fewer ${words}` };
  const deviations = deviationsBeyond(alpha) + deviationsBeyond(1 - POWER);
  const times = (deviations / (margin * level)) ** 2 * effect.variance;
  const needed = Number((lists * times).toPrecision(2)).toLocaleString('en');
  const more = times > 1 ? `; of an equal some ${needed} of its lists would show it` : '';
  return {
    passes: false,
    reason: `it is not ruled out that it brings more than ${percent(margin)} fewer ${words}${more}`,
  };
}
