import { z } from 'zod';
import type { LoggedSearch } from '../../models/search/learned/log.ts';
import { learnSuggestions } from '../../models/search/learned/suggestions.ts';
import { learnSynonyms } from '../../models/search/learned/synonyms.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { at_ms } from '../../schemas/events.ts';
import { LIMITS } from '../../schemas/limits.ts';
import type { Ports } from '../ports.ts';

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
  const logged = await read(store, now_ms, days);
  const synonyms = learnSynonyms(logged);
  const suggestions = learnSuggestions(logged, now_ms);
  await searches.learned({ v: 1, part: 'synonyms', at_ms: now_ms, synonyms });
  await searches.learned({ v: 1, part: 'suggestions', at_ms: now_ms, suggestions });
  return { searches: logged.length, synonyms: synonyms.length, suggestions: suggestions.length };
}

/**
 * The newest searches with what was clicked for them: those that Temper answered, by their lists; and those that the shop
 * told as events and answered itself, by user, session and query.
 */
const SEARCHES = `SELECT user, session, toUnixTimestamp64Milli(at) AS at_ms, query, clicked FROM (
  SELECT user, session, at, query, clicked FROM (
    SELECT list, user, session, at, query FROM ranked_lists
    WHERE surface = 'search' AND query != '' AND at > fromUnixTimestamp64Milli({from_ms:Int64})
    ORDER BY list, offset LIMIT 1 BY list) AS lists
  LEFT JOIN (SELECT list, groupUniqArray(20)(item) AS clicked FROM events
    WHERE type = 'click' AND list != '' AND at > fromUnixTimestamp64Milli({from_ms:Int64}) GROUP BY list) AS clicks USING list
  UNION ALL
  SELECT user, session, at, query, clicked FROM (
    SELECT DISTINCT id, user, session, at, query FROM events
    WHERE type = 'search' AND list = '' AND at > fromUnixTimestamp64Milli({from_ms:Int64})) AS told
  LEFT JOIN (SELECT user, session, query, groupUniqArray(20)(item) AS clicked FROM events
    WHERE type = 'click' AND list = '' AND query != '' AND at > fromUnixTimestamp64Milli({from_ms:Int64})
    GROUP BY user, session, query) AS clicks USING (user, session, query)
) ORDER BY at DESC LIMIT {most:UInt32} SETTINGS output_format_json_quote_64bit_integers = 0`;

async function read(store: RowStore, now_ms: number, days: number): Promise<LoggedSearch[]> {
  const from_ms = Math.max(1, now_ms - days * 86_400_000);
  const logged: LoggedSearch[] = [];
  const params = { from_ms, most: LIMITS.searches_learned_from };
  for await (const rows of store.stream<LoggedSearch>(SEARCHES, params)) logged.push(...rows);
  return logged;
}
