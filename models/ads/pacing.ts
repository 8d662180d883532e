import { HOUR_MS, isOpen, type LocalTime } from './schedule.ts';

export const HOURS = 24;

/** How the requests of a day fall on its hours, by UTC, in any unit. */
export type Traffic = readonly number[];

export const EVEN_TRAFFIC: Traffic = Array.from({ length: HOURS }, () => 1);

/**
 * The traffic of a day from counts of some of its hours. Those that are not known count as the mean of the others; and
 * all are drawn to the mean a little, so that no hour is without any budget because yesterday nobody came.
 *
 * @param counts requests by hour, UTC; NaN where unknown
 */
export function trafficOf(counts: readonly number[]): Traffic {
  const seen = counts.filter(count => !Number.isNaN(count));
  const mean = seen.reduce((sum, count) => sum + count, 0) / seen.length;
  if (!(mean > 0)) return EVEN_TRAFFIC;
  return counts.map(count => (Number.isNaN(count) ? 1 : 0.9 * (count / mean) + 0.1));
}

/**
 * The share of a campaign's traffic of the day that has passed, in [0, 1]: of its own hours, weighed by how many requests
 * come in each.
 */
export function passed(
  traffic: Traffic,
  at_ms: number,
  { day_starts_ms }: Pick<LocalTime, 'day_starts_ms'>,
  hours?: { from: number; to: number },
): number {
  let [before, all] = [0, 0];
  for (let hour = 0; hour < HOURS; hour++) {
    if (!isOpen({ hours }, hour)) continue;
    const starts_ms = day_starts_ms + hour * HOUR_MS;
    const requests = traffic[Math.floor((starts_ms + HOUR_MS / 2) / HOUR_MS) % HOURS]!;
    all += requests;
    before += requests * Math.min(Math.max((at_ms - starts_ms) / HOUR_MS, 0), 1);
  }
  return all > 0 ? before / all : 1;
}

/** How fast bids fall with what is spent ahead of the plan: a hundredth of the budget is a factor of e. */
const GAIN = 100;

/**
 * By what the bids of a campaign are multiplied, in (0, 1], so that its budget lasts for the day's traffic.
 *
 * Adaptive pacing (Balseiro and Gur, "Learning in repeated auctions with budgets", Management Science 2019) lowers the
 * multiplier by each spending and raises it by the plan's share of each auction. In its multiplicative form, which is dual
 * mirror descent by entropy (Balseiro, Lu and Mirrokni, "The best of many worlds", Operations Research 2023), all those
 * steps add up in the exponent, to what is spent ahead of the plan. So nothing is kept but the ledger, all scorers agree,
 * and a killed one forgets nothing. What was behind the plan is caught up later: the projection onto 1 is lazy.
 *
 * @param spent share of the day's budget that is spent
 * @param planned share that should be, see `passed`
 */
export function pace(spent: number, planned: number): number {
  return Math.min(1, Math.exp(-GAIN * (spent - planned)));
}
