import { JobReport } from '../schemas/topics/operations.ts';
import type { Bus } from './kafka/bus.ts';

/** The count and the duration by which each job is known. */
export const HEADLINE: Record<string, { count: string; timing?: string }> = {
  features: { count: 'events' },
  enrich: { count: 'encoded' },
  scorer: { count: 'lists', timing: 'list' },
  outcomes: { count: 'examples' },
  sinks: { count: 'rows.events' },
};

/** A process that has not reported for so long is gone. */
const SILENT_MS = 5_000;

/** The jobs' latest reports, from `job.metrics`. */
export class Board {
  readonly #reports = new Map<string, JobReport>();

  take(report: JobReport): void {
    this.#reports.set(report.process, report);
  }

  /** Processes that are alive, job by job. */
  reports(now_ms: number): JobReport[] {
    return [...this.#reports.values()]
      .filter(report => report.at_ms > now_ms - SILENT_MS)
      .sort((a, b) => a.job.localeCompare(b.job));
  }

  /** Sum of a count over all processes of a job, the dead ones' included. */
  count(job: string, name: string): number {
    return this.#of(job).reduce((sum, report) => sum + (report.counts[name] ?? 0), 0);
  }

  /** The worst among the processes of a job. */
  gauge(job: string, name: string): number | null {
    const values = this.#of(job).flatMap(report => report.gauges[name] ?? []);
    return values.length === 0 ? null : Math.max(...values);
  }

  timing(job: string, name: string): { p50: number; p99: number } | null {
    const timings = this.#of(job).flatMap(report => report.timings[name] ?? []);
    if (timings.length === 0) return null;
    return { p50: Math.max(...timings.map(t => t.p50)), p99: Math.max(...timings.map(t => t.p99)) };
  }

  note(job: string, name: string): string | undefined {
    return this.#of(job).findLast(report => report.notes[name] !== undefined)?.notes[name];
  }

  #of(job: string): JobReport[] {
    return [...this.#reports.values()].filter(report => report.job === job);
  }
}

export async function followBoard(bus: Bus): Promise<{ board: Board; stop(): Promise<void> }> {
  const board = new Board();
  const following = await bus.follow({
    topics: ['job.metrics'],
    fromEnd: true,
    apply: (_topic, _partition, { value }) => {
      if (value) board.take(JobReport.parse(JSON.parse(value.toString('utf8'))));
    },
  });
  return { board, stop: () => following.stop() };
}
