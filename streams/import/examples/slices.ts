import { FEATURES_VERSION } from '../../../models/features/vector.ts';
import { inShopCurrency } from '../../../models/prices.ts';
import type { Store } from '../../../schemas/clickhouse.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import type { Currencies } from '../../../schemas/policies/currencies.ts';
import { fieldsOf, type Product, type ShopEvent } from '../../../schemas/topics/events.ts';
import { Surface } from '../../../schemas/topics/ranking.ts';
import { RowReader } from '../../row-binary.ts';
import { surely } from '../../surely.ts';
import type { RecordedList } from './maker.ts';

/** A stretch of time with a bounded number of events. */
export interface Slice {
  from_ms: number;
  until_ms: number;
  events: number;
}

const MINUTE_MS = 60_000;

/** All that the tables have until a time, in stretches of whole minutes. */
export async function planSlices(
  store: Store,
  until_ms: number,
  most: number = LIMITS.import_rows_per_step,
): Promise<Slice[]> {
  const minutes = store.stream<{ minute: number; n: number }>(
    `SELECT toUInt32(intDiv(toUnixTimestamp64Milli(at), ${MINUTE_MS})) AS minute, toUInt32(count()) AS n FROM events
     WHERE at <= fromUnixTimestamp64Milli({until_ms:Int64}) GROUP BY minute ORDER BY minute`,
    { until_ms },
  );
  const slices: Slice[] = [];
  for await (const rows of minutes) {
    for (const { minute, n } of rows) {
      const last = slices.at(-1);
      const until_ms = (minute + 1) * MINUTE_MS;
      if (last && last.events + n <= most) Object.assign(last, { until_ms, events: last.events + n });
      else slices.push({ from_ms: last?.until_ms ?? 0, until_ms, events: n });
    }
  }
  const last = slices.at(-1);
  if (last) last.until_ms = Math.max(last.until_ms, until_ms + 1);
  return last ? slices : [{ from_ms: 0, until_ms: until_ms + 1, events: 0 }];
}

/** Parameters: `from_ms`, and `until_ms`, which is behind them. */
export const DURING =
  'at >= fromUnixTimestamp64Milli({from_ms:Int64}) AND at < fromUnixTimestamp64Milli({until_ms:Int64})';
const PLAIN_NUMBERS = 'SETTINGS output_format_json_quote_64bit_integers = 0';

/**
 * The events of a stretch, in the order of time, read whole before the first is told: whoever takes his time over them
 * keeps no answer of ClickHouse waiting. A row that a merge has not yet taken out is a copy of its neighbour.
 */
export async function eventsOf(store: Store, { from_ms, until_ms }: Slice): Promise<Iterable<ShopEvent>> {
  const sql = `SELECT ${EVENT_COLUMNS}
    FROM events WHERE ${DURING} ORDER BY at, topic, partition, offset FORMAT RowBinary`;
  return eachOf(new RowReader(await surely(() => store.bytes(sql, { from_ms, until_ms }))));
}

function* eachOf(rows: RowReader): Generator<ShopEvent> {
  while (!rows.ended) yield nextEvent(rows);
}

/** As `nextEvent` reads them. */
export const EVENT_COLUMNS = `CAST(type, 'String'), id, toUnixTimestamp64Milli(at), user, session, item, list, position, query,
  value, target, teaches`;

const UNTAUGHT = { personalisation: true, training: false };

/** What of an event's record the archive keeps, and reducers and the join read. */
export function nextEvent(row: RowReader): ShopEvent {
  const event: Record<string, unknown> = {
    v: 1,
    type: row.text(),
    id: row.text(),
    at_ms: row.int64(),
    user: row.text(),
    session: row.text(),
  };
  const [item, list, position, query] = [row.text(), row.text(), row.orNone(() => row.uint16()), row.text()];
  const value = row.orNone(() => row.float64());
  const target = row.text();
  const teaches = row.flag();
  if (item !== '') event.item = item;
  if (list !== '') event.list = list;
  if (position !== undefined) event.position = position;
  if (query !== '') event.query = query;
  if (value !== undefined) event.value = value;
  if (!teaches) event.consent = UNTAUGHT;
  if (target !== '') Object.assign(event, fieldsOf(String(event.type), target));
  return event as ShopEvent;
}

/** A list may be told so long before it is seen: with all lists of ever, each stretch would take as much as the archive is long. */
const KNOWN_MS = 30 * 86_400_000;

interface ListRow extends Omit<RecordedList, 'items' | 'surface' | 'consent'> {
  surface: string;
  items: string[];
  positions: number[];
  propensities: (number | null)[];
  features: number[][];
  teaches: boolean;
}

/**
 * Lists of a stretch, in the order of time: those that an archive tells, and those that only their impressions tell, as
 * far as these were seen. Of the latter nobody knows how they came about.
 *
 * @param topics the files that are imported; lists that Temper itself has made have their examples by its own jobs
 * @param spread_ms how far apart a list's impressions may be
 */
export async function listsOf(
  store: Store,
  { from_ms, until_ms }: Slice,
  topics: readonly string[],
  spread_ms: number,
): Promise<RecordedList[]> {
  const lists: RecordedList[] = [];
  const told = `SELECT list AS id, toUnixTimestamp64Milli(at) AS at_ms, user, session, surface, model, arm,
      features_version, history, '' AS query, items,
      arrayMap(place -> toUInt16(place - 1), arrayEnumerate(items)) AS positions, propensities,
      if(features_version = {version:String}, features, []) AS features, teaches
    FROM ranked_lists FINAL WHERE topic IN {topics:Array(String)} AND ${DURING}`;
  const seen = `SELECT list AS id, toUnixTimestamp64Milli(min(at)) AS at_ms, any(user) AS user, any(session) AS session,
      any(surface) AS surface, 'recorded' AS model, 'recorded' AS arm, '' AS features_version, [] AS history,
      any(query) AS query, arraySort(groupUniqArray((position, item))) AS places, places.2 AS items,
      places.1 AS positions, arrayMap(place -> NULL, places) AS propensities, [] AS features,
      true AS teaches
    FROM events
    WHERE topic IN {topics:Array(String)} AND type = 'impression' AND list != '' AND position IS NOT NULL
      AND at >= fromUnixTimestamp64Milli({from_ms:Int64} - {spread_ms:Int64})
      AND at < fromUnixTimestamp64Milli({until_ms:Int64} + {spread_ms:Int64})
      AND list NOT IN (SELECT list FROM ranked_lists
        WHERE at >= fromUnixTimestamp64Milli({from_ms:Int64} - {spread_ms:Int64} - {known_ms:Int64})
          AND at < fromUnixTimestamp64Milli({until_ms:Int64} + {spread_ms:Int64}))
    GROUP BY list HAVING at_ms >= {from_ms:Int64} AND at_ms < {until_ms:Int64}`;
  const params = { from_ms, until_ms, spread_ms, known_ms: KNOWN_MS, topics, version: FEATURES_VERSION };
  for (const sql of [told, seen]) {
    const rows = await surely(() => store.query<ListRow>(`${sql} ${PLAIN_NUMBERS}`, params));
    for (const row of rows) lists.push(toList(row));
  }
  return lists.sort((a, b) => a.at_ms - b.at_ms || (a.id < b.id ? -1 : 1));
}

function toList({ items, positions, propensities, features, surface, teaches, ...row }: ListRow): RecordedList {
  const known = Surface.safeParse(surface);
  return {
    ...row,
    surface: known.success ? known.data : 'home',
    ...(teaches ? {} : { consent: UNTAUGHT }),
    items: items.map((item, place) => ({
      item,
      position: positions[place]!,
      propensity: propensities[place] ?? null,
      features: features[place] ?? [],
    })),
  };
}

/** Products as they are today: the catalogue keeps the last version of each. */
export async function productsOf(store: Store, currencies: Currencies): Promise<Map<string, Product>> {
  const products = new Map<string, Product>();
  const rows = store.stream<Product & { brand: string; price: number | null; currency: string }>(
    `SELECT item, toUnixTimestamp64Milli(at) AS at_ms, title, category, brand, price, currency, available
     FROM catalogue FINAL WHERE NOT withdrawn ${PLAIN_NUMBERS}`,
  );
  for await (const some of rows) {
    for (const { brand, price, currency, ...row } of some) {
      const product: Product = {
        ...{ ...row, v: 1 },
        ...(brand === '' ? {} : { brand }),
        ...(price === null ? {} : { price }),
        ...(currency === '' ? {} : { currency }),
      };
      products.set(row.item, inShopCurrency(product, currencies));
    }
  }
  return products;
}
