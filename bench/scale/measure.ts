import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Board, followBoard } from '../../cli/stack/board.ts';
import { supervise } from '../../cli/stack/supervisor.ts';
import { type Embedded, withEmbedded } from '../embedded.ts';
import { fillEvents } from '../features/fill.ts';

/** The jobs that work off events, and what they count them by. */
export const SCALED = { features: 'events', sinks: 'rows.events' } as const;
export type Scaled = keyof typeof SCALED;

export interface Setting {
  job: Scaled;
  partitions: number;
  processes: number;
  events: number;
}

export interface ScaleRow extends Setting {
  /** Of all processes together, by the clock on the wall. */
  events_per_second: number;
  /** Of the job's processes. */
  events_per_cpu_second: number;
  /** Processor time of services while a million events are worked off. */
  kafka_cpu_seconds_per_million: number;
  clickhouse_cpu_seconds_per_million: number;
  /** Of the largest process. */
  rss_mb: number;
}

const USERS = 20_000;
const ITEMS = 5_000;
/** What is measured lies between these shares of the events: neither the start of the processes nor their idling. */
const WITHIN = { from: 0.1, to: 0.9 };
const POLL_MS = 250;

/** Processes of one job while they work off a log of events that is there. Linux. */
export function measureScale(setting: Setting): Promise<ScaleRow> {
  return withEmbedded(embedded => measure(embedded, setting), { partitions: setting.partitions });
}

async function measure({ bus, config, pids }: Embedded, setting: Setting): Promise<ScaleRow> {
  const { job, processes, events } = setting;
  await fillEvents(bus, { events, users: USERS, items: ITEMS });
  const { board, stop } = await followBoard(bus);
  const running = await Promise.all(Array.from({ length: processes }, () => supervise([job], config)));
  const failed = Promise.race(running.map(each => each.failed)).then(error => Promise.reject(error));
  const moment = async (share: number) => {
    while (board.count(job, SCALED[job]) < events * share) await Promise.race([sleep(POLL_MS), failed]);
    return {
      reports: reportsOf(board, job),
      kafka: cpuSeconds(pids.get('kafka')),
      clickhouse: cpuSeconds(pids.get('clickhouse')),
    };
  };
  try {
    const from = await moment(WITHIN.from);
    const to = await moment(WITHIN.to);
    let [done, perSecond, cpu, rss_mb] = [0, 0, 0, 0];
    for (const [process, last] of to.reports) {
      const first = from.reports.get(process) ?? { count: 0, at_ms: last.at_ms, cpu_seconds: 0, rss_mb: 0 };
      done += last.count - first.count;
      perSecond += ((last.count - first.count) * 1_000) / Math.max(1, last.at_ms - first.at_ms);
      cpu += last.cpu_seconds - first.cpu_seconds;
      rss_mb = Math.max(rss_mb, last.rss_mb);
    }
    const perMillion = (seconds: number) => Math.round((seconds / done) * 1e8) / 100;
    return {
      ...setting,
      events_per_second: Math.round(perSecond),
      events_per_cpu_second: Math.round(done / cpu),
      kafka_cpu_seconds_per_million: perMillion(to.kafka - from.kafka),
      clickhouse_cpu_seconds_per_million: perMillion(to.clickhouse - from.clickhouse),
      rss_mb: Math.round(rss_mb),
    };
  } finally {
    await Promise.all(running.map(each => each.stop()));
    await stop();
  }
}

function reportsOf(board: Board, job: Scaled) {
  const reports = board.reports(Date.now()).filter(report => report.job === job);
  return new Map(
    reports.map(({ process, at_ms, counts, gauges }) => [
      process,
      { at_ms, count: counts[SCALED[job]] ?? 0, cpu_seconds: gauges.cpu_seconds ?? 0, rss_mb: gauges.rss_mb ?? 0 },
    ]),
  );
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
