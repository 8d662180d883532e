import { admit } from '../../admit.ts';
import type { Bus, StreamRecord } from '../../kafka/bus.ts';

/** Records of `job.metrics` to look back at: some minutes of a few processes, of which each writes one a second. */
const BEFORE = 2_000;
const KEPT = 240;
/** Seconds of a scorer whose worst lists are told by this as `now`, by the middle one. */
const NOW = 5;
/** Of the seconds that are kept a quarter was better than what is usual. */
const USUAL = 0.25;
/** Lists are late where they take so many times as long as usual, and so much longer: less is noise of a few milliseconds. */
const LATE = { times: 1.5, by_ms: 10 };
/** What was told before says nothing of now. */
const SILENT_MS = 10_000;

/** Whether lists come later than they usually do, and whether any are asked for, by what scorers tell of the worst of each second. */
export class Lateness {
  readonly #worst_ms: number[] = [];
  /** When a list was told of, or when this began: what was before is not known. */
  #heard_ms: number;
  /** When a scorer told anything, that nobody asked, too. */
  #told_ms: number;

  constructor(now_ms = performance.now()) {
    this.#heard_ms = now_ms;
    this.#told_ms = now_ms - 2 * SILENT_MS;
  }

  /** Takes a record of `job.metrics`. */
  take(record: StreamRecord, now_ms = performance.now()): void {
    const parsed = admit('job.metrics', record);
    if (!parsed.ok || parsed.value.job !== 'scorer') return;
    this.#told_ms = now_ms;
    const worst_ms = parsed.value.gauges.list_worst_ms;
    if (worst_ms === undefined) return; // nobody asked
    this.#heard_ms = now_ms;
    this.#worst_ms.push(worst_ms);
    if (this.#worst_ms.length > KEPT) this.#worst_ms.shift();
  }

  /** Whether scorers tell that nobody has asked for a list for a while; of silence nothing is known. */
  isQuiet(now_ms = performance.now()): boolean {
    return now_ms - this.#told_ms <= SILENT_MS && this.#told_ms - this.#heard_ms > SILENT_MS;
  }

  isLate(now_ms = performance.now()): boolean {
    if (this.#worst_ms.length < 2 * NOW || now_ms - this.#heard_ms > SILENT_MS) return false;
    const wait_ms = quantile(this.#worst_ms.slice(-NOW), 0.5);
    const usual_ms = quantile(this.#worst_ms, USUAL);
    return wait_ms > LATE.times * usual_ms && wait_ms > usual_ms + LATE.by_ms;
  }
}

/** Hears what scorers tell until it is stopped, and what they told just before. */
export async function followLateness(bus: Bus): Promise<{ lateness: Lateness; stop(): Promise<void> }> {
  const lateness = new Lateness();
  const bounds = await bus.bounds('job.metrics');
  const following = await bus.follow({
    topics: ['job.metrics'],
    from: (_topic, partition) => {
      const { low, high } = bounds.get(partition) ?? { low: 0, high: 0 };
      return Math.max(low, high - BEFORE);
    },
    maxWait_ms: 250,
    apply: (_topic, _partition, record) => lateness.take(record),
  });
  return { lateness, stop: () => following.stop() };
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))]!;
}
