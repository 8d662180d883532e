import { quantiles } from '../scorer/figures.ts';

/** At one of the scorer's reports: events on the topic whose features it did not hold. */
export interface Behind {
  events: number;
  /** Those of them that were not even in the feature job's log. */
  unlogged: number;
}

export interface Lag {
  before: number;
  after: number;
}

/** So much more lag behind than before is none that batches alone make: seconds of the load. */
const GROWN_S = 0.5;

/** Medians of the first and of the last quarter of the reports. @throws where there is none */
export function lagOf(behind: readonly Behind[]): Lag {
  if (behind.length === 0) throw new Error('the scorer has not reported while it was measured: give it more --seconds');
  const quarter = Math.ceil(behind.length / 4);
  const median = (some: readonly Behind[]) => quantiles(some.map(({ events }) => events)).p50;
  return { before: median(behind.slice(0, quarter)), after: median(behind.slice(-quarter)) };
}

/** @throws where the lag has grown: the load was more than feature job and scorer keep up with, and no wait is that of half of it */
export function requireSteady(behind: readonly Behind[], rate: number): Lag {
  const lag = lagOf(behind);
  if (lag.after - lag.before <= rate * GROWN_S) return lag;
  throw new Error(
    `the scorer was ${lag.before} events behind at first and ${lag.after} at last, at ${rate} events a second: ` +
      'this was no half load. Run it on a quieter machine, or at a lower --rate. At its reports it was behind by, and of ' +
      `those were not in the feature job's log yet: ${behind.map(at => `${at.events} (${at.unlogged})`).join(', ')}`,
  );
}

/** @param sent events a second @throws where whoever makes the events has not made as many as he should have */
export function requireRate(sent: number, rate: number): void {
  if (sent >= rate * 0.95) return;
  throw new Error(
    `${sent} events a second were made where ${rate} were to be: the load was less than half. ` +
      'Run it on a quieter machine, or at a lower --rate',
  );
}
