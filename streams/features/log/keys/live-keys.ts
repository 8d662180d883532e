import type { Cells } from '../../../../models/features/aggregates/reducer.ts';
import type { LiveEntry } from './bucket.ts';

/**
 * The keys whose states are unpacked: those in use. Beyond a number of them, one that was not used of late is packed for
 * each that comes. Which one is told by the clock algorithm, which is nearly the least recently used at less cost: a hand
 * goes round, passes by who was used since it came by, and takes the next.
 */
export class LiveKeys<S extends Cells> {
  readonly #most: number;
  readonly #entries = new Map<string, LiveEntry<S>>();
  #hand = this.#entries.values();

  /** @param most at least 1 */
  constructor(most: number) {
    this.#most = Math.max(1, most);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): LiveEntry<S> | undefined {
    const entry = this.#entries.get(key);
    if (entry && !entry.used) entry.used = true; // what is only read stays in the caches of other cores
    return entry;
  }

  keys(): Iterable<string> {
    return this.#entries.keys();
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** The key is in use; whoever changes its state does so before another one is added. */
  add(entry: LiveEntry<S>): void {
    this.#entries.set(entry.key, entry);
    entry.bucket.live.add(entry);
    while (this.#entries.size > this.#most) {
      const turn = this.#hand.next();
      if (turn.done) this.#hand = this.#entries.values();
      else if (turn.value === entry) continue;
      else if (turn.value.used) turn.value.used = false;
      else this.#pack(turn.value);
    }
  }

  /** The key is in use no more, and is not packed either. */
  drop(entry: LiveEntry<S>): void {
    this.#entries.delete(entry.key);
    entry.bucket.live.delete(entry);
  }

  #pack(entry: LiveEntry<S>): void {
    this.#entries.delete(entry.key);
    entry.bucket.pack(entry);
  }
}
