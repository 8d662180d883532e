import { p99Bounds, type Service } from '../../models/evaluate/sequential/guardrails.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { BEHIND, ORDERED, type Part, ROWS } from './figures.ts';

/** The champion's newest lists before a stage: those of its trial, and of the time before that. */
export interface Before extends Pick<Part, 'surface' | 'since_ms'> {
  champion: string;
  from_ms: number;
}

/** For so long before a stage; and so many lists suffice. */
const REFERENCE = { ms: 24 * 3_600_000, lists: 20_000 };

const BEFORE = `surface = {surface:String} AND model = {champion:String} AND role = 'champion' AND assigned != 'both'
  AND at >= fromUnixTimestamp64Milli({from_ms:Int64}) AND at < fromUnixTimestamp64Milli({since_ms:Int64})`;
/** Lists of no trial are of no group: they are the champion's. */
const WHOSE = "if(assigned = '', 'champion', assigned) AS whose";

type Of = Part | Before;
type Whose = 'champion' | 'challenger' | 'both';
type Counted = Omit<Service, 'calibration'>;

const rowsOf = (of: Of) => `${'from_ms' in of ? BEFORE : ROWS} AND ${ORDERED}`;

/**
 * How lists came about: how many fell back, the time that scoring took, and how many kinds of products they have;
 * `teams`: how many each team has put on interleaved ones.
 */
export async function service(
  store: RowStore,
  of: Of,
): Promise<Record<Whose, Counted> & { teams: Record<'champion' | 'challenger', number | null> }> {
  const lists = `(SELECT *, ${WHOSE} FROM ranked_lists FINAL WHERE ${rowsOf(of)})`;
  const served = await store.query<{ whose: string; served: number; failed: number; p50: number }>(
    `SELECT whose, count() AS served, countIf(role = 'fallback') AS failed, quantile(0.5)(spent_ms['score']) AS p50
     FROM ${lists} GROUP BY whose`,
    { ...of },
  );
  const kinds = await store.query<{ whose: string; team: string; kinds: number }>(
    `SELECT whose, team, avg(kinds) AS kinds FROM (
       SELECT list, whose, team, uniqExact(category) AS kinds
       FROM (SELECT list, whose, pair.1 AS item, pair.2 AS team FROM (
         SELECT list, whose, arrayJoin(arrayMap((item, n) -> (item, teams[n]), items, arrayEnumerate(items))) AS pair
         FROM ${lists})) AS l
       INNER JOIN (SELECT item, category FROM catalogue FINAL) AS c ON l.item = c.item GROUP BY list, whose, team)
     GROUP BY whose, team`,
    { ...of },
  );
  const tails = await tailsOf(store, of, lists, served);
  const kindsOf = (whose: Whose, team = '') =>
    kinds.find(row => row.whose === whose && row.team === team)?.kinds ?? null;
  const counted = (whose: Whose): Counted => {
    const row = served.find(row => row.whose === whose);
    const [all, failed] = [Number(row?.served ?? 0), Number(row?.failed ?? 0)];
    return {
      served: all,
      failed,
      score_ms: row?.p50 ?? null,
      p99_ms: tails[whose] ?? null,
      categories: kindsOf(whose),
    };
  };
  const teams = { champion: kindsOf('both', 'champion'), challenger: kindsOf('both', 'challenger') };
  return { champion: counted('champion'), challenger: counted('challenger'), both: counted('both'), teams };
}

/** The bounds of each group's 99th percentile depend on how many lists it has, and are constants of the query. */
async function tailsOf(
  store: RowStore,
  of: Of,
  lists: string,
  served: readonly { whose: string; served: number }[],
): Promise<Partial<Record<string, NonNullable<Service['p99_ms']>>>> {
  const columns = (['champion', 'challenger', 'both'] as const).flatMap(whose => {
    const bounds = p99Bounds(Number(served.find(row => row.whose === whose)?.served ?? 0));
    return bounds
      ? [`quantilesTDigestIf(${bounds.join(', ')})(spent_ms['score'], whose = '${whose}') AS ${whose}`]
      : [];
  });
  if (columns.length === 0) return {};
  const [row] = await store.query<Record<string, [number, number]>>(`SELECT ${columns.join(', ')} FROM ${lists}`, {
    ...of,
  });
  return Object.fromEntries(Object.entries(row!).map(([whose, [low, high]]) => [whose, { low, high }]));
}

/** The popularity model's scores are rates, every other's are logits; its ids are that of no surface's own model. */
const CHANCE = `if(match(model, '^popularity(-|$)'), toFloat64(score), 1 / (1 + exp(-toFloat64(score))))`;

/** Expected calibration error in ten bins of the click probabilities of what was seen; as in the gate, but at the places where items stood. */
export async function calibrations(store: RowStore, of: Of): Promise<Record<'champion' | 'challenger', number | null>> {
  const rows = rowsOf(of);
  const errors = await store.query<{ whose: string; error: number }>(
    `SELECT whose, sum(abs(expected - clicks)) / sum(n) AS error FROM (
       SELECT whose, sum(p) AS expected, sum(clicked) AS clicks, count() AS n FROM (
         SELECT e.whose AS whose, clicked, ${CHANCE} AS p
         FROM (SELECT list, item, clicked, ${WHOSE} FROM examples FINAL WHERE ${rows} AND role != 'fallback') AS e
         INNER JOIN (SELECT list, model, pair.1 AS item, pair.2 AS score FROM (
           SELECT list, model, arrayJoin(arrayZip(items, scores)) AS pair FROM ranked_lists FINAL WHERE ${rows})) AS l
         ON e.list = l.list AND e.item = l.item)
       GROUP BY whose, least(9, floor(10 * p)))
     GROUP BY whose ${BEHIND}`,
    { ...of },
  );
  const errorOf = (name: string) => errors.find(({ whose }) => whose === name)?.error ?? null;
  return { champion: errorOf('champion'), challenger: errorOf('challenger') };
}

/** How the champion made its lists before a stage; null where it made hardly any in the day before. */
export async function serviceBefore(
  store: RowStore,
  { surface, champion: name, since_ms }: Omit<Before, 'from_ms'>,
  least: number,
): Promise<Service | null> {
  const asked = { surface, champion: name, since_ms };
  const day = { ...asked, from_ms: since_ms - REFERENCE.ms };
  const [newest] = await store.query<{ lists: number; from_ms: number }>(
    `SELECT count() AS lists, toUnixTimestamp64Milli(min(at)) AS from_ms
     FROM (SELECT at FROM ranked_lists WHERE ${rowsOf(day)} ORDER BY at DESC LIMIT ${REFERENCE.lists})`,
    day,
  );
  if (!newest || Number(newest.lists) < least) return null;
  const before = { ...asked, from_ms: Number(newest.from_ms) };
  const { champion } = await service(store, before);
  return { ...champion, calibration: (await calibrations(store, before)).champion };
}
