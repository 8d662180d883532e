import type { JobReport } from '../../schemas/topics/operations.ts';

/** What of a job's reports is looked at. */
export type Told = Pick<JobReport, 'process' | 'at_ms' | 'counts' | 'gauges'>;

export interface WindowFigures {
  /** From the first report that counts to the last, of the process that was measured for the shortest time. */
  seconds: number;
  /** Worked off within. */
  events: number;
  /** Of all processes together, each by its own reports. */
  events_per_second: number;
  events_per_cpu_second: number;
  /** Of the largest process. */
  rss_mb: number;
}

/**
 * What processes did between two reports of each. Reports come once a second, with totals and the time at which they were
 * true: a rate between two of them is exact, however late somebody reads them.
 */
export class Window {
  readonly #counted: string;
  readonly #reports = new Map<string, Told[]>();

  /** @param counted the name of what is counted */
  constructor(counted: string) {
    this.#counted = counted;
  }

  take(report: Told): void {
    const reports = this.#reports.get(report.process) ?? [];
    this.#reports.set(report.process, reports);
    if (reports.at(-1)?.at_ms !== report.at_ms) reports.push(report);
  }

  /** Whether so many processes are at work. */
  isBegun(processes: number): boolean {
    return this.#working().length >= processes;
  }

  /** How long all of them have been measured. */
  get seconds(): number {
    return this.figures.seconds;
  }

  /** Whether a process has done nothing between its last two reports: its partitions are at their ends. */
  get isIdle(): boolean {
    return this.#working().some(reports => {
      const [before, last] = [reports.at(-2)!, reports.at(-1)!];
      return this.#of(last) === this.#of(before);
    });
  }

  get figures(): WindowFigures {
    const all: WindowFigures = { seconds: 0, events: 0, events_per_second: 0, events_per_cpu_second: 0, rss_mb: 0 };
    let cpu_seconds = 0;
    const seconds: number[] = [];
    for (const reports of this.#working()) {
      const first = reports[0]!;
      const last = reports.findLast((report, n) => n > 0 && this.#of(report) > this.#of(reports[n - 1]!)) ?? first;
      const done = this.#of(last) - this.#of(first);
      const took = (last.at_ms - first.at_ms) / 1_000;
      seconds.push(took);
      all.events += done;
      if (took > 0) all.events_per_second += done / took;
      cpu_seconds += (last.gauges.cpu_seconds ?? 0) - (first.gauges.cpu_seconds ?? 0);
      all.rss_mb = Math.max(all.rss_mb, last.gauges.rss_mb ?? 0);
    }
    all.seconds = seconds.length === 0 ? 0 : Math.min(...seconds);
    all.events_per_cpu_second = cpu_seconds > 0 ? all.events / cpu_seconds : 0;
    return all;
  }

  /** Of each process the reports since the second one in which it had worked: until then it started. */
  #working(): Told[][] {
    return [...this.#reports.values()].flatMap(reports => {
      const first = reports.findIndex(report => this.#of(report) > 0);
      const working = first < 0 ? [] : reports.slice(first + 1);
      return working.length > 1 ? [working] : [];
    });
  }

  #of({ counts }: Told): number {
    return counts[this.#counted] ?? 0;
  }
}
