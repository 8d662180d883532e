import type { WatchPolicy } from '../../../schemas/policies/watch-policy.ts';
import { type Figures, percent, type Reading, read, unknown } from '../reading.ts';

const MINUTE_MS = 60_000;
/** Of so few lists a share says nothing. */
const LEAST_LISTS = 20;

/** Lists that the champion did not order, or that are empty, beyond chance at three deviations. */
export function failuresReading({ service: { lists, fallback, empty } }: Figures, policy: WatchPolicy): Reading {
  if (lists < LEAST_LISTS) return unknown('failures', `${lists} lists lately: too few to say anything`);
  const { share: limit } = policy.failures;
  const value = (fallback + empty) / lists;
  const low = value - 3 * Math.sqrt((limit * (1 - limit)) / lists);
  const says = low > limit ? 'bad' : value > limit ? 'between' : 'good';
  const words = `of ${lists} lists ${fallback} fell back to popularity and ${empty} are empty`;
  return read('failures', says, { value, low, limit }, `${words}; ${percent(limit)} may`);
}

/** Values of features that are no numbers, or that say no more than nothing would, more often than in the reference. */
export function featuresReading({ service: { values, odd, defaults } }: Figures, policy: WatchPolicy): Reading {
  const { defaults: limit } = policy.features;
  if (values > 0 && odd > 0) {
    return read('features', 'bad', { value: odd / values, limit: 0 }, `${odd} of ${values} values are no numbers`);
  }
  if (!defaults) return unknown('features', 'no lists lately, or none to compare with');
  const value = defaults.now - defaults.before;
  const says = value > limit ? 'bad' : value > 0.8 * limit ? 'between' : 'good';
  const words = `${percent(defaults.now)} of the values are as of an unknown user and item, in the reference ${percent(defaults.before)}`;
  return read('features', says, { value, limit }, `${words}; ${defaults.most} gained the most`);
}

/** Lists whose outcomes are overdue. */
export function outcomesReading({ service: { overdue_ms } }: Figures, policy: WatchPolicy): Reading {
  if (overdue_ms === null) return unknown('outcomes', 'no lists lately');
  const { minutes: limit } = policy.outcomes;
  const value = Math.max(0, overdue_ms) / MINUTE_MS;
  const says = value > limit ? 'bad' : value > 0.8 * limit ? 'between' : 'good';
  return read('outcomes', says, { value, limit }, `outcomes are ${value.toFixed(1)} minutes overdue, ${limit} may be`);
}
