import { HOURS, type Traffic, trafficOf } from '../../models/ads/pacing.ts';
import { HOUR_MS } from '../../models/ads/schedule.ts';
import type { Log } from '../../schemas/log.ts';
import type { Bus } from '../kafka/bus.ts';
import type { Market } from './market.ts';

/** Keeps a market's traffic up to date: at once, and each hour. */
export function keepTraffic(bus: Pick<Bus, 'bounds' | 'offsetsAt'>, market: Market, log: Log): { stop(): void } {
  const look = () =>
    trafficOfLastDay(bus, Date.now()).then(
      traffic => {
        market.traffic = traffic;
      },
      error =>
        log.warn(
          { code: 'TRAFFIC_OLD', err: error },
          'budgets are paced by the traffic of before: the broker does not tell the latest',
        ),
    );
  void look();
  const looking = setInterval(() => void look(), HOUR_MS);
  return { stop: () => clearInterval(looking) };
}

/**
 * How the requests of the last day fell on its hours. The log itself knows: its index says which record was the first of
 * each hour, so that the requests between are counted without one of them being read, and every scorer finds the same.
 */
export async function trafficOfLastDay(bus: Pick<Bus, 'bounds' | 'offsetsAt'>, now_ms: number): Promise<Traffic> {
  const sum = (offsets: Iterable<number>) => [...offsets].reduce((total, each) => total + each, 0);
  const low = sum([...(await bus.bounds('rank.requests')).values()].map(bounds => bounds.low));
  const counts = Array.from({ length: HOURS }, () => Number.NaN);
  const this_hour = Math.floor(now_ms / HOUR_MS);
  let after = sum((await bus.offsetsAt('rank.requests', this_hour * HOUR_MS)).values());
  for (let hour = this_hour - 1; hour >= this_hour - HOURS; hour--) {
    const before = sum((await bus.offsetsAt('rank.requests', hour * HOUR_MS)).values());
    if (before <= low) break; // the log begins in this hour, or later
    counts[hour % HOURS] = after - before;
    after = before;
  }
  return trafficOf(counts);
}
