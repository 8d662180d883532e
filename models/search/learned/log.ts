/** A search as the archive has it. */
export interface LoggedSearch {
  user: string;
  session: string;
  at_ms: number;
  query: string;
  /** Items that its user clicked for it. */
  clicked: readonly string[];
}

/**
 * What so many different people typed is nobody's own: with fewer, a query is told to nobody else, in suggestions or as
 * a synonym.
 */
export const LEAST_USERS = 5;

const MAIL_OR_ADDRESS = /@|https?:|www\./iu;
/** Telephone numbers, cards, accounts and orders: seven digits or more, however they are grouped. */
const LONG_NUMBER = /\d(?:[\s().\-/]{0,2}\d){6,}/u;

/** Whether a text looks like what belongs to a person: then it is told to nobody, however many typed it. */
export function isPersonal(text: string): boolean {
  return MAIL_OR_ADDRESS.test(text) || LONG_NUMBER.test(text);
}

/** Counts how something is written, to show it as most people do. */
export class Spellings {
  readonly #forms = new Map<string, Map<string, number>>();

  add(phrase: string, written: string): void {
    const forms = this.#forms.get(phrase) ?? new Map<string, number>();
    this.#forms.set(phrase, forms);
    const form = written.trim().replace(/\s+/gu, ' ').toLowerCase();
    forms.set(form, (forms.get(form) ?? 0) + 1);
  }

  /** The most frequent, of equal ones the first by their letters. */
  of(phrase: string): string {
    const [first] = [...(this.#forms.get(phrase) ?? [])].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
    return first?.[0] ?? phrase;
  }
}

/** Lets others have their turn, see `learnSynonyms`. */
export type Pause = () => Promise<unknown>;
export const NO_PAUSE: Pause = async () => {};

/** Searches that are looked at between two pauses: some tens of milliseconds. */
const AT_ONCE = 1_000;

/** Does something with each of many, with a pause now and then. */
export async function eachOf<T>(all: readonly T[], pause: Pause, act: (one: T, at: number) => void): Promise<void> {
  for (let at = 0; at < all.length; at++) {
    act(all[at]!, at);
    if (at % AT_ONCE === AT_ONCE - 1) await pause();
  }
}
