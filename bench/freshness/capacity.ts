import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '../../streams/kafka/bus.ts';
import { Window } from '../scale/window.ts';
import { quantiles } from '../scorer/figures.ts';
import { closedLoad } from './load.ts';
import type { Told, Watched } from './watched.ts';

export interface Capacity {
  /** Events a second that feature job and scorer work off together, where a backlog lies ready and nobody makes any. */
  worked_off_per_second: number;
  /** Events a second until the scorer holds their features, where they are made on the same machine: the median of rounds. */
  sustained_per_second: number;
  /** Of each round: where they are far apart, something else ran. */
  sustained_rounds: number[];
  /** The less of both. */
  capacity_per_second: number;
}

/** Of a backlog, the part that is worked off before it counts: code is compiled then, and partitions are open. */
const WARM_UP = 0.25;
/** So many seconds' work is on the topic ahead of the scorer, which tells once a second how far it is. */
const LEAD_S = 2.5;
/** For so long events are made before the first round, and in each. */
const CLOSED_MS = { settling: 5_000, round: 6_000 };
const ROUNDS = 5;
const POLL_MS = 100;

/**
 * A feature job that has just started and a scorer work off a backlog to its end and then, warm, as many events as are made
 * beside them. Both rates are those of the scorer, between two of its reports.
 *
 * @param backlog how many events lie ready
 */
export async function measureCapacity(bus: Bus, scorer: Watched, backlog: number): Promise<Capacity> {
  const worked_off = await rateOf(take =>
    scorer.until(backlog, told => told.events >= backlog * WARM_UP && take(told)),
  );
  const rounds = await sustain(bus, scorer, worked_off * LEAD_S);
  const sustained = quantiles(rounds).p50;
  return {
    worked_off_per_second: Math.round(worked_off),
    sustained_per_second: Math.round(sustained),
    sustained_rounds: rounds.map(Math.round),
    capacity_per_second: Math.round(Math.min(worked_off, sustained)),
  };
}

async function sustain(bus: Bus, scorer: Watched, lead: number): Promise<number[]> {
  const before = scorer.held.events;
  const load = await closedLoad(bus, lead, () => (scorer.look()?.events ?? 0) - before);
  const rates: number[] = [];
  try {
    await sleep(CLOSED_MS.settling);
    while (rates.length < ROUNDS) rates.push(await rateOf(take => lookFor(CLOSED_MS.round, scorer, take)));
  } finally {
    await load.stop();
  }
  await scorer.until(before + load.sent());
  return rates;
}

async function lookFor(duration_ms: number, scorer: Watched, take: (told: Told) => void): Promise<void> {
  const end = performance.now() + duration_ms;
  while (performance.now() < end) {
    const told = scorer.look();
    if (told) take(told);
    await sleep(POLL_MS);
  }
}

/** Events a second between the reports that are taken. @throws where they are too few */
async function rateOf(work: (take: (told: Told) => void) => Promise<void>): Promise<number> {
  const told = new Map<number, Told>();
  await work(now => told.set(now.report.at_ms, now));
  const window = new Window('events');
  for (const { report, events } of told.values()) window.take({ ...report, counts: { events } });
  const { seconds, events_per_second } = window.figures;
  if (seconds > 0) return events_per_second;
  throw new Error(
    `${told.size} reports of the scorer are too few for a rate: give it more --backlog, or run it on a quieter machine`,
  );
}
