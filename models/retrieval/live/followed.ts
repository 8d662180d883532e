import { LIMITS } from '../../../schemas/limits.ts';

/** Items of one person that are kept, the newest. */
const TAKEN = 12;

interface Taken {
  item: string;
  at_ms: number;
}

/**
 * What people who are followed took last. People are the hashes by which states know them. Only who is followed by somebody is kept, and from when that was first known.
 */
export class Followed {
  readonly #taken = new Map<number, Taken[]>();

  /** Somebody follows this one. */
  follow(whom: number): void {
    if (!this.#taken.has(whom) && this.#taken.size < LIMITS.followed_people) this.#taken.set(whom, []);
  }

  /** What this one took is known no more. */
  forget(whom: number): void {
    if (this.#taken.has(whom)) this.#taken.set(whom, []);
  }

  /** Who is followed took an item; of others nothing is kept. */
  take(who: number, item: string, at_ms: number): void {
    const taken = this.#taken.get(who);
    if (!taken) return;
    const before = taken.findIndex(each => each.item === item);
    if (before >= 0 && taken[before]!.at_ms >= at_ms) return;
    if (before >= 0) taken.splice(before, 1);
    const place = taken.findIndex(each => each.at_ms < at_ms);
    taken.splice(place < 0 ? taken.length : place, 0, { item, at_ms });
    if (taken.length > TAKEN) taken.pop();
  }

  /**
   * Items that at least so many of these took lately, those of the most first: of what fewer did nothing is told, so that
   * nobody learns from a list what one person looked at.
   */
  takenBy(people: ReadonlySet<number>, least: number = LIMITS.people_told): string[] {
    const counts = new Map<string, { people: number; at_ms: number }>();
    for (const person of people) {
      for (const { item, at_ms } of this.#taken.get(person) ?? []) {
        const known = counts.get(item);
        counts.set(item, { people: 1 + (known?.people ?? 0), at_ms: Math.max(at_ms, known?.at_ms ?? 0) });
      }
    }
    return [...counts]
      .filter(([, { people }]) => people >= least)
      .sort(([, a], [, b]) => b.people - a.people || b.at_ms - a.at_ms)
      .map(([item]) => item);
  }
}
