import type { Spread } from '../../models/watch/measures/spread.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { BEHIND, MOST_ROWS, SAMPLED, type Span } from './rows.ts';

interface PairRow {
  place: number;
  bin: number;
  beside: number;
  users: number;
  y: number;
  product: number;
}

/**
 * How the features of a span are spread, and behind them its scores.
 *
 * @param edges of each place, where its bins end
 * @returns by place; empty where there was no list
 */
export async function spreadsIn(store: RowStore, span: Span, edges: readonly (readonly number[])[]): Promise<Spread[]> {
  const rows = await store.query<PairRow>(
    `SELECT place, one.1 AS bin, other.1 AS beside, sumIf(1 / length(cells), one = other) AS users,
       sumIf(one.2, one = other) AS y, sum(one.2 * other.2) AS product
     FROM (SELECT place, cells, one, arrayJoin(cells) AS other FROM (
       SELECT place, cells, arrayJoin(cells) AS one FROM (
         SELECT user, place, groupArray((bin, y)) AS cells FROM (
           SELECT user, cell.1 AS place, cell.2 AS bin, toFloat64(count()) AS y FROM (
             SELECT user, arrayJoin(arrayZip(arrayEnumerate(values),
               arrayMap((value, ends) -> arrayCount(edge -> value > edge, ends), values, {edges:Array(Array(Float64))}))) AS cell
             FROM ${SAMPLED})
           GROUP BY user, place, bin)
         GROUP BY user, place)))
     GROUP BY place, one.1, other.1 ${BEHIND}`,
    { ...span, edges, rows: MOST_ROWS },
  );
  if (rows.length === 0) return [];
  const spreads = edges.map(ends => nothing(ends.length + 1));
  for (const { place, bin, beside, users, y, product } of rows) {
    const spread = spreads[place - 1]!;
    spread.users += users;
    spread.counts[bin]! += y;
    spread.products[bin * spread.counts.length + beside] = product;
  }
  return spreads.map(spread => ({ ...spread, users: Math.round(spread.users) }));
}

function nothing(bins: number): Spread {
  return { users: 0, counts: new Array<number>(bins).fill(0), products: new Array<number>(bins * bins).fill(0) };
}

/** The tenths of each feature in a span, and of its scores, each value once; where bins are to be that no training fixed. */
export async function tenthsIn(store: RowStore, span: Span): Promise<number[][]> {
  const rows = await store.query<{ place: number; tenths: number[] }>(
    `SELECT cell.1 AS place,
       arrayDistinct(quantilesExactLow(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1)(toFloat64(cell.2))) AS tenths
     FROM (SELECT arrayJoin(arrayZip(arrayEnumerate(values), values)) AS cell FROM ${SAMPLED}
       WHERE arrayAll(value -> isFinite(value), values))
     GROUP BY place ORDER BY place ${BEHIND}`,
    { ...span, rows: MOST_ROWS },
  );
  return rows.map(({ tenths }) => tenths);
}

/** Of each feature the share of its values that are as of nobody, and how many values are no number. */
export async function defaultsIn(
  store: RowStore,
  span: Span,
  nobody: readonly number[],
): Promise<{ shares: number[]; values: number; odd: number }> {
  const rows = await store.query<{ place: number; share: number; values: number; odd: number }>(
    `SELECT cell.1 AS place, avg(cell.2 = toFloat32(cell.3)) AS share, count() AS values, countIf(NOT isFinite(cell.2)) AS odd
     FROM (SELECT arrayJoin(arrayZip(arrayEnumerate(nobody), arrayResize(values, length(nobody)), nobody)) AS cell
       FROM (SELECT values, {nobody:Array(Float64)} AS nobody FROM ${SAMPLED}))
     GROUP BY place ORDER BY place ${BEHIND}`,
    { ...span, nobody, rows: MOST_ROWS },
  );
  const sum = (name: 'values' | 'odd') => rows.reduce((all, row) => all + row[name], 0);
  return { shares: rows.map(({ share }) => share), values: sum('values'), odd: sum('odd') };
}
