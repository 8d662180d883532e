import { type ClickFactor, learnFactor } from '../../models/ads/click-factor.ts';
import { type AdClicks, adClicksOf, usualLook } from '../../models/ads/click-rates.ts';
import type { ClickRatio } from '../../models/evaluate/evidence/reliability.ts';
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
  /** Clicks for each that the ranker promised, before what is learned from ads corrected that. */
  said: ClickRatio;
  /** Of lists in random order alone, in which no bid has a part; null where there was none. */
  explored: AdClicks | null;
}

interface SeenAd {
  list: string;
  at_ms: number;
  user: string;
  position: number;
  clicked: number;
  explored: number;
  /** P(click) at a usual place, as the ranker says it, and as the auction took it. */
  said: number;
  rate: number;
}

const MOST_LISTS = 20_000;
const WITHIN = 'at >= fromUnixTimestamp64Milli({from_ms:Int64}) AND at < fromUnixTimestamp64Milli({until_ms:Int64})';
/** Lists that were sold by what a champion says. */
const SOLD = `surface = 'ads' AND arm IN ('champion', 'explore') AND ({model:String} = '' OR model = {model:String}) AND ${WITHIN}`;

/**
 * In the order of time. Scores are logits, but for those of popularity, which are rates; lists of before rates were archived
 * were sold by them. Lists are drawn by a hash where there are many.
 */
const SEEN = `SELECT e.list AS list, toUnixTimestamp64Milli(e.at) AS at_ms, user, toUInt32(position) AS position,
    toUInt8(clicked) AS clicked, toUInt8(arm = 'explore') AS explored,
    if(startsWith(model, 'popularity'), score, 1 / (1 + exp(-score))) AS said, if(taken > 0, taken, said) AS rate
  FROM (SELECT list, at, user, arm, position, item, clicked FROM examples FINAL WHERE ${SOLD}) AS e
  INNER JOIN (
    SELECT list, model, item, toFloat64(score) AS score, toFloat64(taken) AS taken FROM (
      SELECT list, model, items, scores, arrayResize(click_rates, length(items)) AS rates FROM ranked_lists FINAL
      WHERE ${SOLD} AND length(items) = length(scores) ORDER BY cityHash64(list) LIMIT ${MOST_LISTS})
    ARRAY JOIN items AS item, scores AS score, rates AS taken) AS l
  ON e.list = l.list AND e.item = l.item ORDER BY at_ms, list, position ${BEHIND}`;

/** Ads are scored by the champion of `home`: a usual place is one of its lists. */
const USUAL = `SELECT toUInt32(position) AS position, count() AS rows FROM examples FINAL
  WHERE surface = 'home' AND ${WITHIN} GROUP BY position ${BEHIND}`;

/**
 * What was clicked on lists of ads, and what their auctions counted on.
 *
 * @returns null where no ads were seen, or nothing on lists of `home` to compare their places with
 */
export async function adClicksIn(store: RowStore, sold: SoldIn): Promise<AdClicksIn | null> {
  const found = await seenIn(store, sold);
  if (!found) return null;
  const { seen, usual_look } = found;
  const of = (rows: readonly SeenAd[], by: 'rate' | 'said' = 'rate') => adClicksOf(columnsOf(rows, by), usual_look);
  const lists = new Set(seen.map(({ list }) => list)).size;
  const explored = of(seen.filter(({ explored }) => explored === 1));
  return { lists, usual_look, ...of(seen)!, said: of(seen, 'said')!.all, explored };
}

/**
 * By what P(click) of a ranker is to be multiplied on ads, from what it said of those that were seen: what was made of it
 * in auctions has no part in that.
 *
 * @returns null as `adClicksIn`
 */
export async function adFactorIn(
  store: RowStore,
  sold: SoldIn & { model: string },
  least: { lists: number; users: number },
): Promise<ClickFactor | null> {
  const found = await seenIn(store, sold);
  return found && learnFactor(columnsOf(found.seen, 'said'), found.usual_look, least);
}

async function seenIn(store: RowStore, { from_ms, until_ms, model = '' }: SoldIn) {
  const seen: SeenAd[] = [];
  for await (const rows of store.stream<SeenAd>(SEEN, { from_ms, until_ms, model })) seen.push(...rows);
  const usual_look = usualLook(await store.query<{ position: number; rows: number }>(USUAL, { from_ms, until_ms }));
  return seen.length === 0 || Number.isNaN(usual_look) ? null : { seen, usual_look };
}

function columnsOf(rows: readonly SeenAd[], by: 'rate' | 'said') {
  return {
    rate: rows.map(row => row[by]),
    position: rows.map(({ position }) => position),
    clicked: Uint8Array.from(rows, ({ clicked }) => clicked),
    user: numbered(rows.map(({ user }) => user)),
    list: numbered(rows.map(({ list }) => list)),
  };
}

/** Each name's number, in the order in which they come. */
function numbered(names: readonly string[]): Int32Array {
  const numbers = new Map<string, number>();
  for (const name of names) if (!numbers.has(name)) numbers.set(name, numbers.size);
  return Int32Array.from(names, name => numbers.get(name)!);
}
