import type { Check } from '../../../schemas/models/models.ts';
import type { Gate } from './gate.ts';

export const data: Gate<'data'> = {
  name: 'data',
  asks: 'is there enough to judge by?',
  evaluate: ({ evaluation: { lists, clicks } }, limits) => [
    enough('enough_lists', lists, limits.lists, 'lists with a click'),
    enough('enough_clicks', clicks, limits.clicks, 'clicks'),
  ],
};

function enough(name: string, value: number, threshold: number, what: string): Check {
  const passed = value >= threshold;
  const reason = passed ? `${value} ${what}` : `${value} ${what} are too few to judge by; ${threshold} are needed`;
  return { name, passed, value, low: null, high: null, threshold, reason };
}
