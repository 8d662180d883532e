import type { LearnedQueries } from '../models/search/learned/queries.ts';
import { admit } from './admit.ts';
import type { StreamRecord } from './kafka/bus.ts';

/** Takes a record of `search.learned`, in place of what was learned before; what is none changes nothing. */
export function takeLearned(learned: LearnedQueries, record: StreamRecord): void {
  const parsed = admit('search.learned', record);
  if (!parsed.ok) return;
  if (parsed.value.part === 'synonyms') learned.setSynonyms(parsed.value.synonyms);
  else learned.setSuggestions(parsed.value.suggestions);
}
