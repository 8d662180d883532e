import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { JobReport } from '../schemas/operations.ts';
import type { JobName } from './graph.ts';
import type { Outbox } from './kafka/bus.ts';

/** What a job says of itself, once a second, on `job.metrics`. */
export class Report {
  readonly job: JobName;
  readonly process: string;
  #counts = new Map<string, number>();
  #gauges = new Map<string, number>();
  #timings = new Map<string, RecordableHistogram>();
  /** Of each timing the greatest since the last report. */
  #worst_ms = new Map<string, number>();
  #lag = new Map<string, number>();
  #notes = new Map<string, string>();

  constructor(job: JobName, process: string) {
    this.job = job;
    this.process = process;
  }

  count(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  gauge(name: string, value: number): void {
    this.#gauges.set(name, value);
  }

  /** A duration or an age; kept to the microsecond. The greatest between two reports is the gauge `NAME_worst_ms` of the second. */
  time(name: string, duration_ms: number): void {
    this.#worst_ms.set(name, Math.max(duration_ms, this.#worst_ms.get(name) ?? 0));
    let histogram = this.#timings.get(name);
    if (!histogram) {
      histogram = createHistogram();
      this.#timings.set(name, histogram);
    }
    histogram.record(Math.max(1, Math.round(duration_ms * 1_000)));
  }

  lag(topic: string, partition: number, records: number): void {
    this.#lag.set(`${topic}/${partition}`, records);
  }

  note(name: string, text: string): void {
    this.#notes.set(name, text);
  }

  snapshot(at_ms: number): JobReport {
    const lag: Record<string, number> = {};
    for (const [slot, records] of this.#lag) {
      const topic = slot.slice(0, slot.lastIndexOf('/'));
      lag[topic] = (lag[topic] ?? 0) + records;
    }
    return {
      v: 1,
      job: this.job,
      process: this.process,
      at_ms,
      counts: Object.fromEntries(this.#counts),
      gauges: Object.fromEntries(this.#gauges),
      timings: Object.fromEntries(
        [...this.#timings].map(([name, h]) => [
          name,
          { count: h.count, p50: h.percentile(50) / 1_000, p99: h.percentile(99) / 1_000 },
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
      else this.gauge(`${name}_worst_ms`, worst_ms);
    }
    this.#worst_ms.clear();
  }

  /** Publishes a snapshot every second, and a last one when it stops. */
  publishTo(outbox: Outbox): { stop(): Promise<void> } {
    const publish = () => {
      const { user, system } = process.cpuUsage();
      this.gauge('cpu_seconds', (user + system) / 1e6);
      const { rss, heapUsed, external } = process.memoryUsage();
      this.gauge('rss_mb', rss / 2 ** 20);
      this.gauge('heap_mb', heapUsed / 2 ** 20);
      this.gauge('external_mb', external / 2 ** 20);
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
