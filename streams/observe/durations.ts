import { createHistogram } from 'node:perf_hooks';

/** Durations of one kind since the process started: quantiles for people, and Prometheus's buckets. */
export class Durations {
  /** Upper bounds in seconds. */
  readonly buckets_s: readonly number[];
  /** How many lie below each bound and above the one before; at the end, those above all. */
  readonly counts: number[];
  sum_s = 0;
  readonly #microseconds = createHistogram();

  constructor(buckets_s: readonly number[]) {
    this.buckets_s = buckets_s;
    this.counts = [...buckets_s.map(() => 0), 0];
  }

  get count(): number {
    return this.#microseconds.count;
  }

  /** Kept to the microsecond. */
  add(duration_ms: number): void {
    const microseconds = Math.max(1, Math.round(duration_ms * 1_000));
    this.#microseconds.record(microseconds);
    const seconds = microseconds / 1e6;
    this.sum_s += seconds;
    let bucket = 0;
    while (bucket < this.buckets_s.length && seconds > this.buckets_s[bucket]!) bucket++;
    this.counts[bucket]!++;
  }

  quantile_ms(percent: number): number {
    return this.#microseconds.percentile(percent) / 1_000;
  }
}
