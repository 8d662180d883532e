import { type Journeys, TAKEN } from '../../models/next-item/journeys.ts';
import { type Telling, tokensOf } from '../../models/next-item/tokens.ts';
import { Numbering } from '../../models/numbering.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { LIMITS } from '../../schemas/limits.ts';

/** A row of the table `catalogue`. */
type ProductRow = Telling & { item: string };
/** A row of the table `events`. */
interface EventRow {
  user: string;
  item: string;
  at_ms: number;
}

/**
 * What users took before a time, as far back as the limit lets it, and what the catalogue says of its items.
 *
 * @param onRows hears how many were read
 */
export async function journeysOf(store: RowStore, until_ms: number, onRows: (rows: number) => void): Promise<Journeys> {
  const [items, users] = [new Numbering<string>(), new Numbering<string>()];
  const described: string[][] = [];
  for await (const rows of products(store)) {
    for (const { item, ...product } of rows) described[items.of(item)] = tokensOf(product);
    onRows(described.length);
  }
  const columns = { user: [] as number[], item: [] as number[], at_ms: [] as number[] };
  for await (const rows of events(store, until_ms)) {
    for (const { user, item, at_ms } of rows) {
      columns.user.push(users.of(user));
      columns.item.push(items.of(item));
      columns.at_ms.push(at_ms);
    }
    onRows(columns.item.length);
  }
  return {
    items: items.things,
    described: items.things.map((_, place) => described[place] ?? []),
    user: Int32Array.from(columns.user),
    item: Int32Array.from(columns.item),
    at_ms: Float64Array.from(columns.at_ms),
  };
}

function products(store: RowStore): AsyncIterable<ProductRow[]> {
  return store.stream<ProductRow>(
    'SELECT item, title, description, category, brand, attributes FROM catalogue FINAL WHERE NOT withdrawn ORDER BY item',
  );
}

function events(store: RowStore, until_ms: number): AsyncIterable<EventRow[]> {
  return store.stream<EventRow>(
    `SELECT user, item, toUnixTimestamp64Milli(at) AS at_ms
     FROM (SELECT user, item, at, id FROM events FINAL
           WHERE type IN {types:Array(String)} AND item != '' AND teaches AND at < fromUnixTimestamp64Milli({until_ms:Int64})
           ORDER BY at DESC, id LIMIT {most:UInt32})
     ORDER BY user, at, id
     SETTINGS output_format_json_quote_64bit_integers = 0`,
    { types: [...TAKEN], until_ms, most: LIMITS.journey_events },
  );
}
