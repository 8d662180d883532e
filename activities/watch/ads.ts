import { type AdClicks, adClicksOf, usualLook } from '../../models/ads/click-rates.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { BEHIND } from './rows.ts';

/** When lists were sold, and by whose rates; by anybody's, if it is not said. */
export interface SoldIn {
  from_ms: number;
  until_ms: number;
  model?: string;
}

export interface AdClicksIn extends AdClicks {
  lists: number;
  /** How far places are looked at, on the mean, that rankers learn from. */
  usual_look: number;
  /** Of lists in random order alone, in which no bid has a part; null where there was none. */
  explored: AdClicks | null;
}

interface SeenAd {
  list: string;
  user: string;
  position: number;
  clicked: number;
  explored: number;
  rate: number;
}

const MOST_LISTS = 20_000;
const WITHIN = 'at >= fromUnixTimestamp64Milli({from_ms:Int64}) AND at < fromUnixTimestamp64Milli({until_ms:Int64})';
/** Lists that were sold by what a champion says. */
const SOLD = `surface = 'ads' AND arm IN ('champion', 'explore') AND ({model:String} = '' OR model = {model:String}) AND ${WITHIN}`;

/** Scores are logits, but for those of popularity, which are rates. Lists are drawn by a hash where there are many. */
const SEEN = `SELECT e.list AS list, user, toUInt32(position) AS position, toUInt8(clicked) AS clicked,
    toUInt8(arm = 'explore') AS explored, if(startsWith(model, 'popularity'), score, 1 / (1 + exp(-score))) AS rate
  FROM (SELECT list, user, arm, position, item, clicked FROM examples FINAL WHERE ${SOLD}) AS e
  INNER JOIN (
    SELECT list, model, item, toFloat64(score) AS score FROM (
      SELECT list, model, items, scores FROM ranked_lists FINAL WHERE ${SOLD} AND length(items) = length(scores)
      ORDER BY cityHash64(list) LIMIT ${MOST_LISTS})
    ARRAY JOIN items AS item, scores AS score) AS l
  ON e.list = l.list AND e.item = l.item ORDER BY list, position ${BEHIND}`;

/** Ads are scored by the champion of `home`: a usual place is one of its lists. */
const USUAL = `SELECT toUInt32(position) AS position, count() AS rows FROM examples FINAL
  WHERE surface = 'home' AND ${WITHIN} GROUP BY position ${BEHIND}`;

/**
 * What was clicked on lists of ads, and what their auctions counted on.
 *
 * @returns null where no ads were seen, or nothing on lists of `home` to compare their places with
 */
export async function adClicksIn(
  store: RowStore,
  { from_ms, until_ms, model = '' }: SoldIn,
): Promise<AdClicksIn | null> {
  const seen: SeenAd[] = [];
  for await (const rows of store.stream<SeenAd>(SEEN, { from_ms, until_ms, model })) seen.push(...rows);
  const usual_look = usualLook(await store.query<{ position: number; rows: number }>(USUAL, { from_ms, until_ms }));
  if (seen.length === 0 || Number.isNaN(usual_look)) return null;
  const users = new Map<string, number>();
  for (const { user } of seen) if (!users.has(user)) users.set(user, users.size);
  const of = (rows: readonly SeenAd[]) => {
    const [rate, position] = [rows.map(row => row.rate), rows.map(row => row.position)];
    const clicked = Uint8Array.from(rows, row => row.clicked);
    return adClicksOf(
      { rate, position, clicked, user: Int32Array.from(rows, row => users.get(row.user)!) },
      usual_look,
    );
  };
  const lists = new Set(seen.map(({ list }) => list)).size;
  return { lists, usual_look, ...of(seen)!, explored: of(seen.filter(({ explored }) => explored === 1)) };
}
