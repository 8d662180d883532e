import { named } from './draws.ts';
import type { Tally } from './tally.ts';

export interface ClickRate {
  /** Clicks per impression. */
  rate: number;
  /** 95 % interval. */
  low: number;
  high: number;
  impressions: number;
  clicks: number;
}

/** Which lines of the tally count; what is not named counts whatever it is. */
export interface Filter {
  phase?: string;
  arm?: string;
  model?: string;
}

const RESAMPLES = 1_000;

/**
 * Clicks per impression with a 95 % interval, by the percentile bootstrap over users (Efron and Tibshirani, An
 * Introduction to the Bootstrap, chapter 13): lists of one user resemble each other, so it is users who are redrawn.
 * Where nothing was clicked the bootstrap would be sure of zero; the rule of three, 3 / impressions, then is the upper end.
 */
export function clickRate(tally: Tally, filter: Filter = {}, seed = 1): ClickRate {
  const users = usersOf(tally, filter);
  const impressions = users.reduce((sum, user) => sum + user.impressions, 0);
  const clicks = users.reduce((sum, user) => sum + user.clicks, 0);
  if (impressions === 0) return { rate: 0, low: 0, high: 1, impressions, clicks };
  if (clicks === 0) return { rate: 0, low: 0, high: Math.min(1, 3 / impressions), impressions, clicks };
  const random = named(seed, 'bootstrap');
  const rates = Float64Array.from({ length: RESAMPLES }, () => {
    let [seen, clicked] = [0, 0];
    for (let draw = 0; draw < users.length; draw++) {
      const user = users[random.below(users.length)]!;
      seen += user.impressions;
      clicked += user.clicks;
    }
    return seen === 0 ? 0 : clicked / seen;
  }).sort();
  const at = (share: number) => rates[Math.round(share * (RESAMPLES - 1))]!;
  return { rate: clicks / impressions, low: at(0.025), high: at(0.975), impressions, clicks };
}

function usersOf(tally: Tally, { phase, arm, model }: Filter): { impressions: number; clicks: number }[] {
  const users = new Map<string, { impressions: number; clicks: number }>();
  for (const line of tally.lines) {
    if ((phase ?? line.phase) !== line.phase || (arm ?? line.arm) !== line.arm) continue;
    if ((model ?? line.model) !== line.model) continue;
    for (const [user, counts] of line.users) {
      const sum = users.get(user) ?? { impressions: 0, clicks: 0 };
      users.set(user, { impressions: sum.impressions + counts.impressions, clicks: sum.clicks + counts.clicks });
    }
  }
  return [...users.values()];
}
