import { setImmediate as others } from 'node:timers/promises';
import { z } from 'zod';
import { learnSuggestions } from '../../models/search/learned/suggestions.ts';
import { learnSynonyms } from '../../models/search/learned/synonyms.ts';
import { LIMITS } from '../../schemas/limits.ts';
import { at_ms } from '../../schemas/topics/events.ts';
import type { Ports } from '../ports.ts';
import { loggedSearches } from './logged-searches.ts';

export const LearnSearches = z.object({
  /** Up to when, and how far back. */
  now_ms: at_ms,
  days: z.int().positive().max(365),
});
export type LearnSearches = z.infer<typeof LearnSearches>;

export interface LearnedFromSearches {
  searches: number;
  synonyms: number;
  suggestions: number;
}

/** Learns synonyms and suggestions from the searches in the archive, and publishes them in place of the last ones. */
export async function learnSearches(
  { store, searches }: Pick<Ports, 'store' | 'searches'>,
  { now_ms, days }: LearnSearches,
): Promise<LearnedFromSearches> {
  const from_ms = Math.max(1, now_ms - days * 86_400_000);
  const logged = await loggedSearches(store, { from_ms, most: LIMITS.searches_learned_from });
  const synonyms = await learnSynonyms(logged, others);
  const suggestions = await learnSuggestions(logged, now_ms, others);
  await searches.learned({ v: 1, part: 'synonyms', at_ms: now_ms, synonyms });
  await searches.learned({ v: 1, part: 'suggestions', at_ms: now_ms, suggestions });
  return { searches: logged.length, synonyms: synonyms.length, suggestions: suggestions.length };
}
