import type { JobReport } from '../../schemas/topics/operations.ts';
import { HEADLINE } from '../../streams/board.ts';
import type { JobNow, Now } from '../api.ts';

/** What a process has counted, some seconds ago and now. */
interface Span {
  before: JobReport;
  now: JobReport;
}

/** A rate is told over this time, or it would jump with every batch. */
const OVER_MS = 5_000;

/** Rates out of totals: it keeps the reports of the last seconds of each process. Pure; time comes with the reports. */
export class Rates {
  readonly #reports = new Map<string, JobReport[]>();

  /** The jobs as the newest reports of all processes that are alive have them. */
  jobs(reports: readonly JobReport[]): JobNow[] {
    const spans = reports.map(report => this.#take(report));
    const alive = new Set(reports.map(({ process }) => process));
    for (const process of this.#reports.keys()) if (!alive.has(process)) this.#reports.delete(process);
    const names = [...new Set(reports.map(({ job }) => job))];
    return names.map(job =>
      jobNow(
        job,
        spans.filter(({ now }) => now.job === job),
      ),
    );
  }

  #take(report: JobReport): Span {
    const kept = this.#reports.get(report.process) ?? [];
    if (kept.at(-1)?.at_ms !== report.at_ms) kept.push(report);
    while (kept.length > 2 && kept[1]!.at_ms <= report.at_ms - OVER_MS) kept.shift();
    this.#reports.set(report.process, kept);
    return { before: kept[0]!, now: report };
  }
}

function jobNow(job: string, spans: readonly Span[]): JobNow {
  const { count = '', timing = '' } = HEADLINE[job] ?? {};
  const reports = spans.map(({ now }) => now);
  const timings = reports.flatMap(({ timings }) => timings[timing] ?? []);
  const lag: Record<string, number> = {};
  for (const report of reports) {
    for (const [topic, records] of Object.entries(report.lag)) lag[topic] = (lag[topic] ?? 0) + records;
  }
  return {
    job,
    processes: reports.length,
    unit: count.replace('rows.', 'rows of '),
    per_second: perSecond(spans, ({ counts }) => counts[count] ?? 0),
    total: sum(reports.map(({ counts }) => counts[count] ?? 0)),
    lag,
    p50_ms: timings.length === 0 ? null : Math.max(...timings.map(({ p50 }) => p50)),
    p99_ms: timings.length === 0 ? null : Math.max(...timings.map(({ p99 }) => p99)),
    cpu: perSecond(spans, ({ gauges }) => gauges.cpu_seconds ?? 0),
    rss_mb: sum(reports.map(({ gauges }) => gauges.rss_mb ?? 0)),
    notes: Object.assign({}, ...reports.map(({ notes }) => notes)),
  };
}

/** Null while there is but one report of each process. */
function perSecond(spans: readonly Span[], total: (report: JobReport) => number): number | null {
  const rates = spans
    .filter(({ before, now }) => now.at_ms > before.at_ms)
    .map(({ before, now }) => ((total(now) - total(before)) * 1_000) / (now.at_ms - before.at_ms));
  return rates.length === 0 ? null : Math.max(0, sum(rates));
}

/** The same for topics, out of the ends of their logs. */
export class TopicRates {
  #looks: { at_ms: number; ends: ReadonlyMap<string, number> }[] = [];

  look(at_ms: number, ends: ReadonlyMap<string, number>): Now['topics'] {
    this.#looks.push({ at_ms, ends });
    while (this.#looks.length > 2 && this.#looks[1]!.at_ms <= at_ms - OVER_MS) this.#looks.shift();
    const before = this.#looks[0]!;
    const over_ms = at_ms - before.at_ms;
    const rate = (topic: string, end: number): number | null => {
      const then = before.ends.get(topic);
      return then === undefined || over_ms <= 0 ? null : Math.max(0, ((end - then) * 1_000) / over_ms);
    };
    return Object.fromEntries([...ends].map(([topic, end]) => [topic, rate(topic, end)]));
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}
