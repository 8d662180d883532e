import type { LoggedSearch } from '../../models/search/learned/log.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';

/** Other queries come first. */
const BEHIND = 'SETTINGS max_threads = 1, priority = 10, output_format_json_quote_64bit_integers = 0';

/** Searches that Temper answered and may learn from, and those that a shop tells as events and answered itself. */
const ANSWERED = `surface = 'search' AND query != '' AND teaches AND at >= fromUnixTimestamp64Milli({from_ms:Int64})`;
const TOLD = `type = 'search' AND list = '' AND teaches AND at >= fromUnixTimestamp64Milli({from_ms:Int64})`;

/** Without what may not be told, a search would tell that nothing was clicked, or not this. */
const WITHHELD = 'FROM events WHERE NOT teaches AND at >= fromUnixTimestamp64Milli({from_ms:Int64})';

/**
 * When the newest searches begin. Both tables are sorted by the hour: they are read backwards, as far as it takes, and
 * nothing but times. A row that is there twice makes it a little later.
 */
export const NEWEST = `SELECT count() AS searches, toUnixTimestamp64Milli(min(at)) AS from_ms FROM (
  SELECT at FROM (
    SELECT at FROM ranked_lists WHERE ${ANSWERED} ORDER BY toStartOfHour(at) DESC, at DESC LIMIT {most:UInt32}
    UNION ALL
    SELECT at FROM events WHERE ${TOLD} ORDER BY toStartOfHour(at) DESC, at DESC LIMIT {most:UInt32})
  ORDER BY at DESC LIMIT {most:UInt32}) ${BEHIND}`;

/** With what was clicked: by list, and by user, session and query where the shop answered. */
const SEARCHES = `SELECT user, session, toUnixTimestamp64Milli(at) AS at_ms, query, clicked FROM (
  SELECT user, session, at, query, clicked FROM (
    SELECT list, user, session, at, query FROM ranked_lists
    WHERE ${ANSWERED} AND list NOT IN (SELECT list ${WITHHELD}) ORDER BY list, offset LIMIT 1 BY list) AS lists
  LEFT JOIN (SELECT list, groupUniqArray(20)(item) AS clicked FROM events
    WHERE type = 'click' AND teaches AND at >= fromUnixTimestamp64Milli({from_ms:Int64})
      AND list IN (SELECT list FROM ranked_lists WHERE ${ANSWERED}) GROUP BY list) AS clicks USING list
  UNION ALL
  SELECT user, session, at, query, clicked FROM (SELECT DISTINCT id, user, session, at, query FROM events
    WHERE ${TOLD} AND (user, session, query) NOT IN (SELECT user, session, query ${WITHHELD} AND list = '')) AS told
  LEFT JOIN (SELECT user, session, query, groupUniqArray(20)(item) AS clicked FROM events
    WHERE type = 'click' AND list = '' AND query != '' AND teaches AND at >= fromUnixTimestamp64Milli({from_ms:Int64})
    GROUP BY user, session, query) AS clicks USING (user, session, query)
) ORDER BY at DESC LIMIT {most:UInt32} ${BEHIND}`;

/** The newest searches with what was clicked for them, `most` at most, none from before `from_ms`. */
export async function loggedSearches(
  store: RowStore,
  { from_ms, most }: { from_ms: number; most: number },
): Promise<LoggedSearch[]> {
  const [begin] = await store.query<{ searches: number; from_ms: number }>(NEWEST, { from_ms, most });
  if (!begin || begin.searches === 0) return [];
  const logged: LoggedSearch[] = [];
  const params = { from_ms: begin.from_ms, most };
  for await (const rows of store.stream<LoggedSearch>(SEARCHES, params)) logged.push(...rows);
  return logged;
}
