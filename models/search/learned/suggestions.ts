import { LIMITS } from '../../../schemas/limits.ts';
import type { Suggestion } from '../../../schemas/topics/search.ts';
import { phraseOf } from '../../retrieval/analyse.ts';
import { eachOf, isPersonal, LEAST_USERS, type LoggedSearch, NO_PAUSE, type Pause, Spellings } from './log.ts';

const HALF_LIFE_MS = 14 * 86_400_000;
/** A longer query completes nothing. */
const MOST_CHARS = 80;

/**
 * Queries that people found something by: what enough different users typed and then clicked. A search counts 1, half as
 * much every two weeks. Whatever looks personal is left out.
 *
 * @returns the weightiest first, `LIMITS.suggestions_kept` at most
 */
export async function learnSuggestions(
  searches: readonly LoggedSearch[],
  now_ms: number,
  pause: Pause = NO_PAUSE,
): Promise<Suggestion[]> {
  const known = new Map<string, { users: Set<string>; weight: number }>();
  const spellings = new Spellings();
  await eachOf(searches, pause, ({ user, at_ms, query, clicked }) => {
    const phrase = phraseOf(query);
    if (clicked.length === 0 || query.length > MOST_CHARS || !/\p{L}/u.test(phrase) || isPersonal(query)) return;
    const one = known.get(phrase) ?? { users: new Set(), weight: 0 };
    known.set(phrase, one);
    one.users.add(user);
    one.weight += 2 ** (Math.min(0, at_ms - now_ms) / HALF_LIFE_MS);
    spellings.add(phrase, query);
  });
  return [...known]
    .filter(([, { users }]) => users.size >= LEAST_USERS)
    .map(([phrase, { weight }]) => ({ query: spellings.of(phrase), weight: Number(weight.toPrecision(4)) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || (a.query < b.query ? -1 : 1))
    .slice(0, LIMITS.suggestions_kept);
}
