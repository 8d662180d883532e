import type { RowStore } from '../../../schemas/clickhouse.ts';
import { TemperError } from '../../../schemas/errors.ts';
import type { Surface } from '../../../schemas/topics/ranking.ts';
import type { ShownItem, ShownList } from '../../api.ts';
import type { ListId, ListsQuery } from '../../server/pages.ts';
import { WITHIN } from '../clicks.ts';

/** As ClickHouse has it: a column for each part of the items. */
interface ListRow extends Omit<ShownList, 'at_ms' | 'items'> {
  at_ms: string;
  items: string[];
  scores: number[];
  propensities: (number | null)[];
  reasons: string[];
  policies: string[];
  teams: string[];
  campaigns: string[];
  prices: (string | null)[];
}

interface ProductRow {
  item: string;
  title: string;
  category: string;
  brand: string;
  price: number | null;
  currency: string;
  image: string;
}

interface OutcomeRow {
  list: string;
  position: number;
  clicked: boolean;
  carted: boolean;
  purchased: boolean;
  dismissed: boolean | null;
}

const COLUMNS = `list, toUnixTimestamp64Milli(at) AS at_ms, user, surface, query, model, arm, role, stage, candidates,
  spent_ms, items, scores, propensities, reasons, policies, teams, campaigns, prices`;
const AT = 'at BETWEEN fromUnixTimestamp64Milli({from_ms:Int64}) AND fromUnixTimestamp64Milli({until_ms:Int64})';
/** A list and its example have the same time; of one that was asked for by its time alone, clocks may round. */
const AROUND_MS = 1_000;

/** The newest lists, or a user's, each item with what is known of it and what became of it. */
export async function newestLists(
  store: RowStore,
  { surface, user, arm, hours, count }: ListsQuery,
): Promise<ShownList[]> {
  // Which they are is told by three narrow columns; all others are read of these lists alone.
  const newest = await store.query<{ list: string; at_ms: string }>(
    `SELECT list, toUnixTimestamp64Milli(max(at)) AS at_ms FROM ranked_lists
     WHERE surface = {surface:String} AND at >= now64(3) - INTERVAL {minutes:UInt32} MINUTE
       ${user === undefined ? '' : 'AND user = {user:String}'} ${arm === undefined ? '' : 'AND arm = {arm:String}'}
     GROUP BY list ORDER BY at_ms DESC LIMIT {count:UInt32} ${WITHIN}`,
    { surface, user: user ?? '', arm: arm ?? '', minutes: Math.ceil(hours * 60), count },
  );
  if (newest.length === 0) return [];
  const times = newest.map(({ at_ms }) => Number(at_ms));
  const span = { from_ms: Math.min(...times), until_ms: Math.max(...times) };
  return await listsOf(
    store,
    surface,
    newest.map(({ list }) => list),
    span,
  );
}

/** @throws NOT_FOUND */
export async function oneList(store: RowStore, { list, surface, at_ms }: ListId): Promise<ShownList> {
  const span = { from_ms: at_ms - AROUND_MS, until_ms: at_ms + AROUND_MS };
  const [found] = await listsOf(store, surface, [list], span);
  if (found) return found;
  throw new TemperError('NOT_FOUND', {
    where: 'ranked_lists',
    expected: `a list of ${surface} at that time`,
    got: list,
  });
}

async function listsOf(
  store: RowStore,
  surface: Surface,
  lists: readonly string[],
  span: { from_ms: number; until_ms: number },
): Promise<ShownList[]> {
  const which = { surface, lists, ...span };
  const where = `surface = {surface:String} AND ${AT} AND list IN {lists:Array(String)}`;
  const [rows, outcomes] = await Promise.all([
    store.query<ListRow>(`SELECT ${COLUMNS} FROM ranked_lists FINAL WHERE ${where} ORDER BY at DESC ${WITHIN}`, which),
    store.query<OutcomeRow>(
      `SELECT list, position, clicked, carted, purchased, dismissed FROM examples FINAL WHERE ${where} ${WITHIN}`,
      which,
    ),
  ]);
  const products = await productsOf(store, [...new Set(rows.flatMap(({ items }) => items))]);
  const became = new Map(outcomes.map(row => [`${row.list}/${row.position}`, row]));
  return rows.map(row => shown(row, products, became));
}

async function productsOf(store: RowStore, items: readonly string[]): Promise<ReadonlyMap<string, ProductRow>> {
  const rows = await store.query<ProductRow>(
    `SELECT item, title, category, brand, price, currency, image FROM catalogue FINAL
     WHERE item IN {items:Array(String)} AND NOT withdrawn ${WITHIN}`,
    { items },
  );
  return new Map(rows.map(row => [row.item, row]));
}

function shown(
  row: ListRow,
  products: ReadonlyMap<string, ProductRow>,
  became: ReadonlyMap<string, OutcomeRow>,
): ShownList {
  const { list, at_ms, user, surface, query, model, arm, role, stage, candidates, spent_ms } = row;
  const items = row.items.map((item, position): ShownItem => {
    const product = products.get(item);
    const outcome = became.get(`${list}/${position}`);
    const price_micros = row.prices[position];
    return {
      ...{ item, position },
      title: product?.title || null,
      category: product?.category || null,
      brand: product?.brand || null,
      price: product?.price ?? null,
      currency: product?.currency || null,
      hasPicture: Boolean(product?.image),
      score: row.scores[position] ?? 0,
      propensity: row.propensities[position] ?? null,
      reason: row.reasons[position] ?? '',
      policy: row.policies[position] ?? '',
      team: row.teams[position] ?? '',
      campaign: row.campaigns[position] ?? '',
      price_micros: price_micros === null || price_micros === undefined ? null : Number(price_micros),
      outcome: outcome ? outcomeOf(outcome) : null,
    };
  });
  return { list, at_ms: Number(at_ms), user, surface, query, model, arm, role, stage, candidates, spent_ms, items };
}

function outcomeOf({ clicked, carted, purchased, dismissed }: OutcomeRow): NonNullable<ShownItem['outcome']> {
  return { clicked, carted, purchased, dismissed: dismissed ?? false };
}
