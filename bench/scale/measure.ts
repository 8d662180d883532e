import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { supervise } from '../../cli/stack/supervisor.ts';
import { TemperError } from '../../schemas/errors.ts';
import { followBoard } from '../../streams/board.ts';
import type { Embedded } from '../embedded.ts';
import { Window, type WindowFigures } from './window.ts';

/** The jobs that work off events, and what they count them by. */
export const SCALED = { features: 'events', sinks: 'rows.events' } as const;
export type Scaled = keyof typeof SCALED;

export interface Setting {
  job: Scaled;
  partitions: number;
  processes: number;
}

export interface ScaleRow extends Setting, WindowFigures {
  /** Processor time of services while a million events are worked off. */
  kafka_cpu_seconds_per_million: number;
  clickhouse_cpu_seconds_per_million: number;
}

const POLL_MS = 250;
/** Nothing was reported for so long: a process has died, or there was nothing to do. */
const SILENT_MS = 60_000;

/**
 * Processes of one job while they work off a log of events that is there, for so many seconds or to its end. Linux.
 *
 * Runs of the feature job go on in the log where the last one ended; those of sinks each have a database of their own, and
 * begin at the start.
 */
export async function measureScale(
  { bus, config, pids }: Embedded,
  setting: Setting,
  { seconds, signal }: { seconds: number; signal: AbortSignal },
): Promise<ScaleRow> {
  const { job, partitions, processes } = setting;
  const clickhouseDatabase = `${config.clickhouseDatabase}_${job}_${partitions}_${processes}`;
  const { board, stop } = await followBoard(bus);
  const before = new Set(board.reports(0).map(({ process }) => process));
  const running: Promise<() => Promise<void>>[] = [];
  const failures: Promise<Error>[] = [];
  const done = new AbortController();
  const aborted = once(signal, 'abort', { signal: done.signal }).then(() => Promise.reject(signal.reason));
  aborted.catch(() => {});
  try {
    for (let n = 0; n < processes; n++) {
      signal.throwIfAborted();
      const starting = supervise([job], { ...config, clickhouseDatabase });
      running.push(starting.then(started => () => started.stop()));
      failures.push((await Promise.race([starting, aborted])).failed);
    }
    const failed = Promise.race(failures).then(error => Promise.reject(error));
    const window = new Window(SCALED[job]);
    const look = async () => {
      await Promise.race([sleep(POLL_MS, undefined, { signal }), failed]);
      for (const report of board.reports(0)) if (report.job === job && !before.has(report.process)) window.take(report);
    };
    const services = () => ({
      events: window.figures.events,
      kafka: cpuSeconds(pids.get('kafka')),
      clickhouse: cpuSeconds(pids.get('clickhouse')),
    });
    const giveUp_ms = Date.now() + SILENT_MS;
    while (!window.isBegun(processes)) {
      await look();
      if (Date.now() > giveUp_ms) throw tooFew(setting);
    }
    const from = services();
    while (window.seconds < seconds && !window.isIdle) await look();
    const to = services();
    const perMillion = (spent: number) => round((spent / (to.events - from.events)) * 1e6, 2);
    const figures = window.figures;
    return {
      ...setting,
      seconds: round(figures.seconds, 1),
      events: figures.events,
      events_per_second: Math.round(figures.events_per_second),
      events_per_cpu_second: Math.round(figures.events_per_cpu_second),
      kafka_cpu_seconds_per_million: perMillion(to.kafka - from.kafka),
      clickhouse_cpu_seconds_per_million: perMillion(to.clickhouse - from.clickhouse),
      rss_mb: Math.round(figures.rss_mb),
    };
  } finally {
    await Promise.allSettled(running.map(async starting => (await starting)()));
    await stop();
    done.abort();
  }
}

function tooFew({ job, processes }: Setting): TemperError {
  return new TemperError('TIMED_OUT', {
    where: `${processes} processes of ${job}`,
    expected: 'two reports of each from the midst of its work',
    next: 'Where the log is worked off in less than three seconds, give it more --events',
  });
}

/** Linux counts processor time in hundredths of a second; see proc(5), fields 14 and 15 of stat. */
const TICKS_PER_SECOND = 100;

/** Of a process and all its threads since it started. */
function cpuSeconds(pid: number | undefined): number {
  if (pid === undefined) return 0; // a service that runs elsewhere
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
