import type { Known } from '../../models/explain/what-if.ts';
import { SERVED_IMPORTS } from '../../models/features/sql/rebuild.ts';
import { tokensOf } from '../../models/next-item/tokens.ts';
import { inShopCurrency } from '../../models/prices.ts';
import type { Pairs } from '../../models/ranker/dataset/pairs.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';
import type { ContentSpecs } from '../../schemas/models/models.ts';
import type { Currencies } from '../../schemas/policies/currencies.ts';
import { fieldsOf, Product, ShopEvent } from '../../schemas/topics/events.ts';
import type { Arm, Surface } from '../../schemas/topics/ranking.ts';

/** Which list; with its surface and time it is found at once. */
export interface ListQuery {
  list: string;
  surface?: Surface;
  at_ms?: number;
}

/** A list as it is archived, with what explains it. */
export interface ArchivedList {
  list: string;
  at_ms: number;
  user: string;
  session: string;
  surface: Surface;
  query: string;
  /** As its request said it; empty where it did not. */
  language: string;
  model: string;
  arm: Arm;
  features_version: string;
  /** What the user had taken, newest first. */
  history: string[];
  items: string[];
  scores: number[];
  /** Lane and note of the policy of each item. */
  reasons: string[];
  policies: string[];
  /** Whose choice each item is, where two rankers chose in turns; else empty. */
  teams: string[];
  campaigns: string[];
  /** Micros. */
  prices: (number | null)[];
  features: number[][];
  partition: number;
  applied_user: number;
  /** Whether `applied_user` is known. */
  is_told: boolean;
}

/** One thread, and an end: whoever serves is never in its way. */
const WITHIN = `SETTINGS max_execution_time = ${LIMITS.console_query_seconds}, max_threads = 1, priority = 5,
  output_format_json_quote_64bit_integers = 0`;
const COLUMNS = `list, toUnixTimestamp64Milli(at) AS at_ms, user, session, surface, query, language, model, arm,
  features_version, history, items, scores, reasons, policies, teams, campaigns, prices, features, partition, applied_user,
  notEmpty(applied_catalogue) AS is_told`;
/** A list is asked for by its own time; clocks may round. */
const AROUND_MS = 1_000;
const LANGUAGE_DAYS = 30;

/** @throws NOT_FOUND */
export async function archivedList(store: RowStore, asked: ListQuery): Promise<ArchivedList> {
  const [place] =
    asked.surface !== undefined && asked.at_ms !== undefined
      ? [{ surface: asked.surface, at_ms: asked.at_ms }]
      : await store.query<{ surface: Surface; at_ms: number }>(
          `SELECT surface, toUnixTimestamp64Milli(at) AS at_ms FROM ranked_lists WHERE list = {list:String}
           ORDER BY at DESC LIMIT 1 ${WITHIN}`,
          { list: asked.list },
        );
  const [found] = place
    ? await store.query<ArchivedList>(
        `SELECT ${COLUMNS} FROM ranked_lists FINAL WHERE surface = {surface:String} AND list = {list:String}
           AND at BETWEEN fromUnixTimestamp64Milli({from_ms:Int64}) AND fromUnixTimestamp64Milli({until_ms:Int64}) ${WITHIN}`,
        {
          list: asked.list,
          surface: place.surface,
          from_ms: place.at_ms - AROUND_MS,
          until_ms: place.at_ms + AROUND_MS,
        },
      )
    : [];
  if (found) return found;
  throw new TemperError('NOT_FOUND', {
    where: 'ranked_lists',
    expected: 'the id of a list that was served and is archived; that takes a second',
    got: asked.list,
    next: '`temper rank --json` prints the id of its list',
  });
}

/** The language in which the user's newest lists of a month were asked for, as far as it was said. */
export async function languageOfUser(store: RowStore, { user, at_ms }: ArchivedList): Promise<string | undefined> {
  const [row] = await store.query<{ language: string }>(
    `SELECT language FROM ranked_lists WHERE user = {user:String} AND language != ''
       AND at BETWEEN fromUnixTimestamp64Milli({at_ms:Int64}) - INTERVAL ${LANGUAGE_DAYS} DAY
         AND fromUnixTimestamp64Milli({at_ms:Int64}) ORDER BY at DESC LIMIT 1 ${WITHIN}`,
    { user, at_ms },
  );
  return row?.language;
}

/** What the user had done when the list was made, with the products that it was about, as they are today. */
export async function knownOf(store: RowStore, list: ArchivedList, currencies: Currencies): Promise<Known | undefined> {
  if (!list.is_told) return undefined;
  const events = await eventsBefore(store, list);
  const items = events.flatMap(event => ('item' in event ? [event.item] : []));
  const products = await productsOf(store, [...new Set([...items, ...list.items])]);
  const { at_ms, user, session, query } = list;
  return {
    asked: { at_ms, user, session, ...(query !== '' && { query }) },
    events,
    product: item => {
      const product = products.get(item);
      return product && inShopCurrency(product, currencies);
    },
  };
}

interface EventRow {
  id: string;
  type: string;
  at_ms: number;
  session: string;
  item: string;
  list: string;
  position: number | null;
  query: string;
  value: number | null;
  target: string;
}

/** In the order in which they were read, what was imported before what came by itself; of copies the first that came so. */
async function eventsBefore(
  store: RowStore,
  { user, partition, applied_user, at_ms }: ArchivedList,
): Promise<ShopEvent[]> {
  const rows = await store.query<EventRow>(
    `SELECT id, type, toUnixTimestamp64Milli(at) AS at_ms, session, item, list, position, query, value,
       target FROM (
       SELECT *, topic != 'shop.events' AS imported FROM events WHERE user = {user:String} AND (topic IN ${SERVED_IMPORTS}
         OR topic = 'shop.events' AND partition = {partition:UInt16} AND offset < {next:UInt64})
       ORDER BY imported, topic, offset LIMIT 1 BY id)
     ORDER BY imported, if(imported, at_ms, 0) DESC, topic, offset DESC LIMIT ${LIMITS.explained_events} ${WITHIN}`,
    { user, partition, next: applied_user, until_ms: at_ms },
  );
  const erased = rows.findIndex(({ type }) => type === 'erasure'); // of before nothing was known any more
  return (erased < 0 ? rows : rows.slice(0, erased)).reverse().flatMap(row => {
    const event = ShopEvent.safeParse(eventOf(row, user));
    return event.success ? [event.data] : [];
  });
}

function eventOf({ query, position, value, list, item, target, ...row }: EventRow, user: string): object {
  return {
    ...{ v: 1, ...row, user, item, query: query || undefined, list: list || undefined },
    ...{ position: position ?? undefined, value: value ?? undefined, text: query, answer: list },
    ...(target !== '' && fieldsOf(row.type, target)),
  };
}

interface ProductRow {
  item: string;
  at_ms: number;
  title: string;
  description: string;
  category: string;
  brand: string;
  price: number | null;
  currency: string;
  available: boolean;
  attributes: Record<string, string>;
}

export async function productsOf(store: RowStore, items: readonly string[]): Promise<ReadonlyMap<string, Product>> {
  const rows = await store.query<ProductRow>(
    `SELECT item, toUnixTimestamp64Milli(at) AS at_ms, title, description, category, brand, price, currency,
       available, attributes
     FROM catalogue FINAL WHERE item IN {items:Array(String)} AND NOT withdrawn ${WITHIN}`,
    { items },
  );
  return new Map(
    rows.flatMap(({ brand, price, currency, ...row }): [string, Product][] => {
      const some = { brand: brand || undefined, price: price ?? undefined, currency: currency || undefined };
      const product = Product.safeParse({ v: 1, ...row, ...some });
      return product.success ? [[row.item, product.data]] : [];
    }),
  );
}

/** The currency of each campaign's bids. */
export async function currenciesOf(
  store: RowStore,
  campaigns: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (campaigns.length === 0) return new Map();
  const rows = await store.query<{ campaign: string; currency: string }>(
    `SELECT campaign, argMax(currency, at) AS currency FROM campaigns
     WHERE campaign IN {campaigns:Array(String)} AND currency != '' GROUP BY campaign ${WITHIN}`,
    { campaigns },
  );
  return new Map(rows.map(({ campaign, currency }) => [campaign, currency]));
}

/** What a ranker sees of a list beside features: vectors by the encoders that it names, words of products, and the history. */
export async function seenOf(
  store: RowStore,
  { items, history }: ArchivedList,
  contents: ContentSpecs,
): Promise<Omit<Pairs, 'features'>> {
  const encoders = Object.entries(contents).map(([modality, { encoder }]) => `${modality} ${encoder}`);
  const named = [...new Set([...items, ...history])];
  const rows =
    encoders.length === 0
      ? []
      : await store.query<{ item: string; modality: string; encoder: string; values: number[] }>(
          `SELECT item, modality, encoder, values FROM item_vectors FINAL WHERE item IN {items:Array(String)}
             AND concat(modality, ' ', encoder) IN {encoders:Array(String)} ${WITHIN}`,
          { items: named, encoders },
        );
  const vectors = new Map(
    rows.map(({ item, modality, encoder, values }) => [vectorKey(item, modality, encoder), Float32Array.from(values)]),
  );
  const products = await productsOf(store, named);
  return {
    items,
    history,
    vectors: { vector: (item, modality, encoder) => vectors.get(vectorKey(item, modality, encoder)) },
    describe: item => {
      const product = products.get(item);
      return product ? tokensOf(product) : [];
    },
  };
}

const vectorKey = (item: string, modality: string, encoder: string): string => `${item} ${modality} ${encoder}`;
