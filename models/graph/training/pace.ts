const REPORT_MS = 500;

/** Counts samples against the clock, and says when it is time to report again. */
export class Pace {
  readonly #start_ms = performance.now();
  readonly #cpu = process.cpuUsage();
  #reported_ms = performance.now();
  #samples = 0;

  /** Counts samples; true at most twice a second. */
  count(samples: number): boolean {
    this.#samples += samples;
    const now_ms = performance.now();
    if (now_ms - this.#reported_ms < REPORT_MS) return false;
    this.#reported_ms = now_ms;
    return true;
  }

  get samples_per_second(): number {
    return this.#samples / this.#seconds();
  }

  totals(): { seconds: number; cpu_seconds: number; samples_per_second: number } {
    const { user, system } = process.cpuUsage(this.#cpu);
    return {
      seconds: this.#seconds(),
      cpu_seconds: (user + system) / 1e6,
      samples_per_second: this.samples_per_second,
    };
  }

  #seconds(): number {
    return Math.max((performance.now() - this.#start_ms) / 1_000, 1e-3);
  }
}
