import type { Bus, ConsumeOptions } from '../bus.ts';
import { slotOf } from './slots.ts';

/** A batch tells what is left behind it; where none is done, as while a store does not answer, this does. */
const TELL_MS = 15_000;

type Asked = Pick<Bus, 'bounds' | 'committed'>;

/** Tells a consumer's owner which partitions the group has given it, and how many records of each are yet to be handled. */
export class Lags {
  readonly #options: Pick<ConsumeOptions, 'group' | 'stands'>;
  readonly #opened: ReadonlyMap<string, { next: number }>;
  readonly #asked: Asked;
  #assigned: Readonly<Record<string, readonly number[]>> | undefined;
  #telling: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param opened of each opened partition the next offset to handle */
  constructor(
    options: Pick<ConsumeOptions, 'group' | 'stands'>,
    opened: ReadonlyMap<string, { next: number }>,
    asked: Asked,
  ) {
    this.#options = options;
    this.#opened = opened;
    this.#asked = asked;
  }

  joined(assigned: Readonly<Record<string, readonly number[]>>): void {
    this.#assigned = assigned;
    this.#tell();
  }

  tellRegularly(): void {
    if (this.#options.stands) this.#timer = setInterval(() => this.#tell(), TELL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#assigned = undefined;
  }

  /** One after the other; what a broker does not tell now, it tells the next time. */
  #tell(): void {
    if (!this.#options.stands) return;
    const assigned = this.#assigned;
    if (!assigned) return;
    this.#telling ??= this.#told(assigned)
      .catch(() => {})
      .finally(() => {
        this.#telling = undefined;
        if (this.#assigned !== assigned) this.#tell();
      });
  }

  async #told(assigned: Readonly<Record<string, readonly number[]>>): Promise<void> {
    const lags = [];
    for (const [topic, partitions] of Object.entries(assigned)) {
      if (partitions.length === 0) continue;
      const log = await this.#asked.bounds(topic);
      const committed = await this.#asked.committed(this.#options.group, topic);
      for (const partition of partitions) {
        const { low, high } = log.get(partition) ?? { low: 0, high: 0 };
        const next = this.#opened.get(slotOf(topic, partition))?.next ?? committed.get(partition) ?? low;
        lags.push({ topic, partition, lag: Math.max(0, high - Math.max(next, low)) });
      }
    }
    if (assigned === this.#assigned) this.#options.stands?.(lags);
  }
}
