import { LIMITS } from '../../../schemas/limits.ts';
import type { Synonym } from '../../../schemas/topics/search.ts';
import { spansOf, wordsIn } from '../phrases.ts';
import { readPrice } from '../understand/prices.ts';
import { clickedAlike } from './clicks.ts';
import { eachOf, isPersonal, LEAST_USERS, type LoggedSearch, NO_PAUSE, type Pause, Spellings } from './log.ts';
import { LONGEST_SYNONYM, Pairs, phrasesIn, replacedIn, type WordedSearch } from './pairs.ts';

/** Who searches again later than that may look for something else. */
const SOON_MS = 10 * 60_000;
/** How much more often people get from the one to the other than by chance, and how many of those who type the one do. */
const LEAST_LIFT = 3;
const LEAST_SHARE = 0.1;

/**
 * Words that people put for each other. Two signs, each from enough different users and above chance:
 *
 * - Who finds nothing to click by one query asks another, in which one or two words are others, and clicks then (query
 *   substitution; Jones, Rey, Madani and Greiner, "Generating query substitutions", WWW 2006). One way only.
 * - Both lead to clicks on the same products (random walks on the click graph; Craswell and Szummer, SIGIR 2007). Both ways.
 *
 * Lift is how much more often the pair comes together than if both were independent. Words that are typed together are not
 * two for one thing, and numbers are none for each other.
 *
 * @param searches in any order
 * @param pause called now and then, where others wait for the thread: half a million searches take seconds
 * @returns those of most users first, `LIMITS.synonyms_kept` at most
 */
export async function learnSynonyms(searches: readonly LoggedSearch[], pause: Pause = NO_PAUSE): Promise<Synonym[]> {
  const spellings = new Spellings();
  const worded: WordedSearch[] = [];
  await eachOf(searches, pause, search => worded.push(wordedOf(search, spellings)));
  worded.sort((a, b) => compare(a.user, b.user) || compare(a.session, b.session) || a.at_ms - b.at_ms);
  const pairs = await askedAgain(worded, pause);
  const clicked = await clickedAlike(worded, pause);
  const typed = await usersOf(worded, new Set([...pairs.phrases(), ...clicked.map(({ from }) => from)]), pause);
  const together = await typedTogether(worded, new Set([...pairs.keys(), ...clicked.map(Pairs.keyOf)]), pause);
  const users = new Set(worded.map(({ user }) => user)).size;

  const found = new Map<string, Synonym>();
  const take = (from: string, to: string, count: number, lift: number) => {
    const key = Pairs.keyOf({ from, to });
    if (count < LEAST_USERS || lift < LEAST_LIFT || (together.get(key) ?? 0) > count / 2) return;
    const known = found.get(key);
    const written = spellings.of(to);
    if (isPersonal(from) || isPersonal(written)) return;
    if (!known || known.lift < lift) found.set(key, { from, to: written, users: count, lift: rounded(lift) });
  };
  for (const { from, to, users: count } of pairs.all()) {
    const [ofFrom, ofTo] = [typed.get(from)!, typed.get(to)!];
    if (count >= LEAST_SHARE * ofFrom) take(from, to, count, (count * users) / (ofFrom * ofTo));
  }
  for (const { from, to, users: count, lift } of clicked) take(from, to, count, lift);
  return [...found.values()]
    .sort((a, b) => b.users - a.users || b.lift - a.lift || compare(a.from, b.from) || compare(a.to, b.to))
    .slice(0, LIMITS.synonyms_kept);
}

/** Without a bound of prices, which says nothing of the thing. */
function wordedOf({ user, session, at_ms, query, clicked }: LoggedSearch, spellings: Spellings): WordedSearch {
  const words = wordsIn(readPrice(query)?.rest ?? query);
  for (const { at, length, phrase } of spansOf(words, LONGEST_SYNONYM)) {
    spellings.add(
      phrase,
      words
        .slice(at, at + length)
        .map(({ raw }) => raw)
        .join(' '),
    );
  }
  return { user, session, at_ms, terms: words.map(({ term }) => term), clicked };
}

/** Of each session, what was put for what in the next search, after one without and before one with a click. */
async function askedAgain(worded: readonly WordedSearch[], pause: Pause): Promise<Pairs> {
  const pairs = new Pairs();
  await eachOf(worded, pause, (next, at) => {
    const before = worded[at - 1];
    if (!before || before.user !== next.user || before.session !== next.session) return;
    if (before.clicked.length > 0 || next.clicked.length === 0 || next.at_ms - before.at_ms > SOON_MS) return;
    const replaced = replacedIn(before.terms, next.terms);
    if (replaced) pairs.add(replaced, next.user);
  });
  return pairs;
}

/** How many users typed each of some phrases. */
async function usersOf(
  worded: readonly WordedSearch[],
  phrases: ReadonlySet<string>,
  pause: Pause,
): Promise<Map<string, number>> {
  const users = new Map(Array.from(phrases, phrase => [phrase, new Set<string>()]));
  await eachOf(worded, pause, ({ user, terms }) => {
    for (const phrase of phrasesIn(terms)) users.get(phrase)?.add(user);
  });
  return new Map(Array.from(users, ([phrase, of]) => [phrase, of.size]));
}

/** How many users typed both of a pair in one query. */
async function typedTogether(
  worded: readonly WordedSearch[],
  pairs: ReadonlySet<string>,
  pause: Pause,
): Promise<Map<string, number>> {
  const users = new Map<string, Set<string>>();
  await eachOf(worded, pause, ({ user, terms }) => {
    const phrases = phrasesIn(terms);
    for (const from of phrases) {
      for (const to of phrases) {
        const key = Pairs.keyOf({ from, to });
        if (!pairs.has(key)) continue;
        users.set(key, (users.get(key) ?? new Set()).add(user));
      }
    }
  });
  return new Map(Array.from(users, ([key, of]) => [key, of.size]));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function rounded(lift: number): number {
  return Number(lift.toPrecision(4));
}
