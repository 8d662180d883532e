/** Words that a synonym has at most, on either side. */
export const LONGEST_SYNONYM = 2;

/** A search as its words. */
export interface WordedSearch {
  user: string;
  session: string;
  at_ms: number;
  terms: readonly string[];
  clicked: readonly string[];
}

/** All runs of words that a synonym may have. */
export function phrasesIn(terms: readonly string[]): string[] {
  return terms.flatMap((term, at) => (at === 0 ? [term] : [term, `${terms[at - 1]!} ${term}`]));
}

export interface Pair {
  from: string;
  to: string;
}

/** Pairs of phrases, with the users that led to each. */
export class Pairs {
  readonly #users = new Map<string, { pair: Pair; users: Set<string> }>();

  static keyOf({ from, to }: Pair): string {
    return `${from}\0${to}`;
  }

  add(pair: Pair, user: string): void {
    const key = Pairs.keyOf(pair);
    const known = this.#users.get(key);
    if (known) known.users.add(user);
    else this.#users.set(key, { pair, users: new Set([user]) });
  }

  all(): (Pair & { users: number })[] {
    return Array.from(this.#users.values(), ({ pair, users }) => ({ ...pair, users: users.size }));
  }

  keys(): Iterable<string> {
    return this.#users.keys();
  }

  phrases(): string[] {
    return [...this.#users.values()].flatMap(({ pair: { from, to } }) => [from, to]);
  }
}

/**
 * What of one query stands in the place of what of another, where both begin and end alike: `red couch` and `red sofa` are
 * one for the other in `couch`. Nothing where more words differ, where one query only has more of them, or where numbers do.
 */
export function replacedIn(before: readonly string[], after: readonly string[]): Pair | undefined {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const [from, to] = [before, after].map(terms => terms.slice(start, terms.length - end));
  if (from!.length === 0 || to!.length === 0) return undefined;
  if (Math.max(from!.length, to!.length) > LONGEST_SYNONYM) return undefined;
  if ([...from!, ...to!].some(term => /\p{N}/u.test(term))) return undefined;
  return { from: from!.join(' '), to: to!.join(' ') };
}
