import type { JobReport } from '../schemas/topics/operations.ts';
import type { JobName } from './graph.ts';
import type { Batch, Outbox } from './kafka/bus.ts';
import { Durations } from './observe/durations.ts';
import { type CountName, type GaugeName, measured, TIMINGS, type TimingName } from './observe/measures.ts';
import { Standing } from './observe/standing.ts';

/** What a job says of itself, once a second, on `job.metrics`; and whenever Prometheus asks (`observe/registry.ts`). */
export class Report {
  readonly job: JobName;
  readonly process: string;
  readonly standing = new Standing();
  #counts = new Map<string, number>();
  #gauges = new Map<string, number>();
  #timings = new Map<string, Durations>();
  /** Of each timing the greatest since the last report. */
  #worst_ms = new Map<string, number>();
  #notes = new Map<string, string>();

  constructor(job: JobName, process: string) {
    this.job = job;
    this.process = process;
  }

  count(name: CountName, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  gauge(name: GaugeName, value: number): void {
    this.#gauges.set(name, value);
  }

  /** A duration or an age; kept to the microsecond. The greatest between two reports is the gauge `NAME_worst_ms` of the second. */
  time(name: TimingName, duration_ms: number): void {
    this.#worst_ms.set(name, Math.max(duration_ms, this.#worst_ms.get(name) ?? 0));
    let durations = this.#timings.get(name);
    if (!durations) {
      durations = new Durations(measured(TIMINGS, name)?.measure.buckets_s ?? []);
      this.#timings.set(name, durations);
    }
    durations.add(duration_ms);
  }

  /** A batch is done: so many records of its partition are left. */
  took({ topic, partition, lag, records }: Pick<Batch, 'topic' | 'partition' | 'lag' | 'records'>): void {
    this.standing.took(topic, partition, lag, records.at(-1)?.timestamp_ms ?? Date.now());
  }

  note(name: string, text: string): void {
    this.#notes.set(name, text);
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  get gauges(): ReadonlyMap<string, number> {
    return this.#gauges;
  }

  get timings(): ReadonlyMap<string, Durations> {
    return this.#timings;
  }

  get notes(): ReadonlyMap<string, string> {
    return this.#notes;
  }

  snapshot(at_ms: number): JobReport {
    const lag: Record<string, number> = {};
    for (const { topic, lag: records } of this.standing.all) lag[topic] = (lag[topic] ?? 0) + records;
    return {
      v: 1,
      job: this.job,
      process: this.process,
      at_ms,
      counts: Object.fromEntries(this.#counts),
      gauges: Object.fromEntries(this.#gauges),
      timings: Object.fromEntries(
        [...this.#timings].map(([name, durations]) => [
          name,
          { count: durations.count, p50: durations.quantile_ms(50), p99: durations.quantile_ms(99) },
        ]),
      ),
      lag,
      notes: Object.fromEntries(this.#notes),
    };
  }

  /** Where nothing was timed in between, nothing is told. */
  #tellWorst(): void {
    for (const name of this.#timings.keys()) {
      const worst_ms = this.#worst_ms.get(name);
      if (worst_ms === undefined) this.#gauges.delete(`${name}_worst_ms`);
      else this.#gauges.set(`${name}_worst_ms`, worst_ms);
    }
    this.#worst_ms.clear();
  }

  /** Publishes a snapshot every second, and a last one when it stops. */
  publishTo(outbox: Outbox): { stop(): Promise<void> } {
    const publish = () => {
      const { user, system } = process.cpuUsage();
      this.#gauges.set('cpu_seconds', (user + system) / 1e6);
      const { rss, heapUsed, external } = process.memoryUsage();
      this.#gauges.set('rss_mb', rss / 2 ** 20);
      this.#gauges.set('heap_mb', heapUsed / 2 ** 20);
      this.#gauges.set('external_mb', external / 2 ** 20);
      this.#tellWorst();
      return outbox
        .publish('job.metrics', { key: this.process, value: JSON.stringify(this.snapshot(Date.now())) })
        .catch(() => {}); // a lost report is followed by the next; the job must not fail by it
    };
    const timer = setInterval(() => void publish(), 1_000);
    return {
      async stop() {
        clearInterval(timer);
        await publish();
      },
    };
  }
}
