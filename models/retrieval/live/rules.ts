import { CO_OCCURRENCE, type RuleOptions } from '../../controls/rules.ts';
import { TopSums } from './top-sums.ts';

/** One thing that a user did with an item; an id names it for ever. */
export interface Taken {
  id: string | number;
  item: string;
}

/** Rules of an item that are kept, the strongest; while new ones come there may be half as many more. */
const KEPT = 64;

/**
 * `rules` that learn from users' recent events as these change: what was taken near to an item leads to it. A pair of
 * events counts once, when the later of both is first seen; so a record that is read again changes nothing.
 */
export class LiveRules {
  readonly #found = new Map<string, TopSums>();
  readonly #options: RuleOptions;

  constructor(options: RuleOptions = CO_OCCURRENCE) {
    this.#options = options;
  }

  /** The number of items that lead to others. */
  get size(): number {
    return this.#found.size;
  }

  /**
   * Takes what changed in a user's events.
   *
   * @param before the events as they were taken last, newest first
   * @param after as they are now, newest first
   */
  learn(before: readonly Taken[], after: readonly Taken[]): void {
    const { reach } = this.#options;
    const known = new Set(before.map(({ id }) => id));
    for (let n = 0; n < after.length; n++) {
      if (known.has(after[n]!.id)) continue; // what is near to it counted with the later of both
      for (let then = n + 1; then < after.length && then - n <= reach; then++)
        this.#pair(after[n]!, after[then]!, then - n);
      for (let later = Math.max(0, n - reach); later < n; later++) {
        if (known.has(after[later]!.id)) this.#pair(after[later]!, after[n]!, n - later);
      }
    }
  }

  #pair({ item: to }: Taken, { item: from }: Taken, apart: number): void {
    if (to === from) return;
    const { weightOf, back } = this.#options;
    const weight = weightOf(apart);
    this.#strengthen(from, to, weight);
    if (back > 0) this.#strengthen(to, from, back * weight);
  }

  /**
   * The k items to which the newest events of a history lead the most, without those of the history.
   *
   * @param history newest first
   */
  following(history: readonly string[], k: number): string[] {
    const { newest, decay } = this.#options;
    const places = new Map<string, number>();
    const strengths: number[] = [];
    let share = 1;
    for (const item of history.slice(0, newest)) {
      const of = share;
      this.#found.get(item)?.sums.forEach((weight, other) => {
        const place = places.get(other);
        if (place === undefined) places.set(other, strengths.push(of * weight) - 1);
        else strengths[place]! += of * weight;
      });
      share *= decay;
    }
    for (const item of history) places.delete(item);
    return [...places.keys()].sort((a, b) => strengths[places.get(b)!]! - strengths[places.get(a)!]!).slice(0, k);
  }

  /** Forgets what leads from an item; what leads to it is crowded out. */
  delete(item: string): void {
    this.#found.delete(item);
  }

  #strengthen(from: string, to: string, weight: number): void {
    let rules = this.#found.get(from);
    if (!rules) {
      rules = new TopSums(KEPT);
      this.#found.set(from, rules);
    }
    rules.add(to, weight);
  }
}
