import { setTimeout as sleep } from 'node:timers/promises';
import { supervise } from '../../cli/stack/supervisor.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import type { Embedded } from '../embedded.ts';
import { fillEvents } from '../features/fill.ts';
import { quantiles } from '../scorer/figures.ts';
import { type Capacity, measureCapacity } from './capacity.ts';
import { type Behind, type Lag, requireRate, requireSteady } from './lag.ts';
import { ITEMS, type Load, openLoad, USERS } from './load.ts';
import { type Durations, type Watched, watchScorer } from './watched.ts';

export interface FreshnessFigures extends Partial<Capacity> {
  /** What came while it was measured. */
  events_per_second: number;
  seconds: number;
  /** Events on the topic whose features the scorer did not hold, in the first and in the last quarter of the time. */
  lag_events: Lag;
  click_to_feature_ms: { p50: number; p99: number };
  /** The part of it until what the feature job made is in its log, by the broker's times. */
  click_to_log_ms: { p50: number; p99: number };
}

export interface Setting {
  /** Events a second; absent: half of what feature job and scorer keep up with. */
  rate?: number | undefined;
  seconds: number;
  /** So many events lie ready, where it is measured what they keep up with. */
  backlog?: number;
}

const BACKLOG = 1_000_000;
/** For how long events come before they count. */
const WARM_UP_MS = 10_000;
const TURN_MS = 10;

/**
 * From the broker's time of an event until a scorer holds the features that contain it, under a steady load to which feature
 * job and scorer are used.
 *
 * @throws where as many events are not made, or the scorer falls behind them: the figures are those of another load then
 */
export async function benchFreshness(
  embedded: Embedded,
  { rate, seconds, backlog = BACKLOG }: Setting,
): Promise<FreshnessFigures> {
  const { bus, config } = embedded;
  if (rate === undefined) await fillEvents(bus, { events: backlog, users: USERS, items: ITEMS });
  const scorer = await watchScorer(embedded);
  try {
    const features = await supervise(['features'], config);
    try {
      const capacity = rate === undefined ? await measureCapacity(bus, scorer, backlog) : undefined;
      const chosen = rate ?? Math.max(1, Math.round(capacity!.capacity_per_second / 2));
      return { ...(await measureAt(bus, scorer, chosen, seconds)), ...capacity };
    } finally {
      await features.stop();
    }
  } finally {
    await scorer.stop();
  }
}

async function measureAt(bus: Bus, scorer: Watched, rate: number, seconds: number): Promise<FreshnessFigures> {
  const before = scorer.held.events;
  const load = await openLoad(bus, rate);
  let measured: { events_per_second: number; behind: () => Behind[]; durations_ms: Durations };
  try {
    await sleep(WARM_UP_MS);
    await scorer.durations_ms(); // those until now do not count
    const [sent, started] = [load.sent(), performance.now()];
    const behind = await watch(scorer, before, load, seconds);
    const events_per_second = Math.round(((load.sent() - sent) * 1_000) / (performance.now() - started));
    measured = { events_per_second, behind, durations_ms: await scorer.durations_ms() };
  } finally {
    await load.stop();
  }
  const { events_per_second, behind, durations_ms } = measured;
  requireRate(events_per_second, rate);
  await scorer.until(before + load.sent());
  const lag_events = requireSteady(behind(), rate);
  const [click_to_feature_ms, click_to_log_ms] = [quantiles(durations_ms.toFeature), quantiles(durations_ms.toLog)];
  return { events_per_second, seconds, lag_events, click_to_feature_ms, click_to_log_ms };
}

/** @returns how far the scorer was behind at each of its reports, to be asked once the log has been read as far */
async function watch(scorer: Watched, before: number, load: Load, seconds: number): Promise<() => Behind[]> {
  const from_ms = Date.now();
  const sent = [{ at_ms: from_ms, events: load.sent() }];
  const told = new Map<number, { records: number; logged: number }>();
  const end = performance.now() + seconds * 1_000;
  while (performance.now() < end) {
    sent.push({ at_ms: Date.now(), events: load.sent() });
    const now = scorer.look();
    const at_ms = now?.report.at_ms ?? 0;
    if (now && at_ms > from_ms && !told.has(at_ms))
      told.set(at_ms, { records: now.records, logged: scorer.held.events });
    await sleep(TURN_MS);
  }
  return () =>
    [...told].map(([at_ms, { records, logged }]) => {
      const all = before + sent.findLast(then => then.at_ms <= at_ms)!.events;
      return { events: Math.max(0, all - scorer.held.of(records)), unlogged: Math.max(0, all - logged) };
    });
}
