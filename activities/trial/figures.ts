import type { Group } from '../../models/evaluate/sequential/judge.ts';
import type { Moments } from '../../models/evaluate/sequential/sequence.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';

/** A stage of a trial, as its rows name it. */
export interface Part {
  surface: Surface;
  experiment: string;
  stage: string;
  since_ms: number;
}

/** A surface in use has lists at least so often; sinks that restart are back by then. */
export const SILENT_MS = 5 * 60_000;

type Named<T> = Record<'champion' | 'challenger', T>;
export interface Earned extends Named<Pick<Group, 'clicks' | 'value'>> {
  interleaved: { clicks: Moments; value: Moments } | null;
}

/** Rows of a stage. */
export const ROWS = `surface = {surface:String} AND experiment = {experiment:String} AND stage = {stage:String}
  AND at >= fromUnixTimestamp64Milli({since_ms:Int64})`;
/** Lists in random order are of no model. */
export const ORDERED = "arm != 'explore'";
/** What an item costs; 1 where the shop does not say, so that purchases are counted. */
const PRICES = '(SELECT item, coalesce(price, 1) AS worth FROM catalogue FINAL)';
export const BEHIND = 'SETTINGS join_use_nulls = 0';

interface MomentRow {
  assigned: string;
  users: number;
  lists: number;
  lists2: number;
  sum: number;
  cross: number;
  sum2: number;
  value: number;
  value_cross: number;
  value2: number;
}

/** Sums over users, from their lists, what was clicked on them (`y`) and what was bought (`v`). */
const MOMENTS = `count() AS users, sum(n) AS lists, sum(n * n) AS lists2, sum(y) AS sum, sum(n * y) AS cross,
  sum(y * y) AS sum2, sum(v) AS value, sum(n * v) AS value_cross, sum(v * v) AS value2`;

/** What the lists of each group brought: by whom they were meant, so that a list that fell back counts where it was missing. */
export async function earnings(store: RowStore, part: Part): Promise<Earned> {
  const rows = await store.query<MomentRow>(
    `SELECT assigned, ${MOMENTS} FROM (
       SELECT assigned, user, toFloat64(uniqExact(list)) AS n, toFloat64(sum(clicked)) AS y, sum(purchased * worth) AS v
       FROM (SELECT * FROM examples FINAL WHERE ${ROWS} AND ${ORDERED}) AS e LEFT JOIN ${PRICES} AS p ON e.item = p.item
       GROUP BY assigned, user)
     GROUP BY assigned ${BEHIND}`,
    { ...part },
  );
  const of = (name: string) => momentsIn(rows.find(({ assigned }) => assigned === name));
  return { champion: of('champion'), challenger: of('challenger'), interleaved: null };
}

/** What each team earned on interleaved lists, and of each user the difference. */
export async function credits(store: RowStore, part: Part): Promise<Earned> {
  const of = async (mine: string, theirs: string): Promise<Pick<Group, 'clicks' | 'value'>> => {
    const rows = await store.query<MomentRow>(
      `SELECT 'both' AS assigned, ${MOMENTS} FROM (
         SELECT user, toFloat64(uniqExact(list)) AS n,
           sum(clicked * ((team = {mine:String}) - (team = {theirs:String}))) AS y,
           sum(purchased * worth * ((team = {mine:String}) - (team = {theirs:String}))) AS v
         FROM (SELECT * FROM examples FINAL WHERE ${ROWS} AND ${ORDERED} AND assigned = 'both' AND role = 'champion') AS e
         LEFT JOIN ${PRICES} AS p ON e.item = p.item GROUP BY user) ${BEHIND}`,
      { ...part, mine, theirs },
    );
    return momentsIn(rows[0]);
  };
  const interleaved = await of('challenger', 'champion');
  return { champion: await of('champion', ''), challenger: await of('challenger', ''), interleaved };
}

/**
 * Which tables have had no row for some minutes, although the stage lasts longer: of a surface its lists, and its examples,
 * which come a label window later; of a shadow its scores.
 */
export async function silentSince(
  store: RowStore,
  { surface, experiment, since_ms }: Pick<Part, 'surface' | 'experiment' | 'since_ms'>,
  { isShadow, label_ms, now_ms }: { isShadow: boolean; label_ms: number; now_ms: number },
): Promise<string[]> {
  const names = isShadow ? ['ranked_lists', 'shadows'] : ['ranked_lists', 'examples'];
  const silent: string[] = [];
  for (const name of names) {
    const from_ms = now_ms - SILENT_MS - (name === 'examples' ? label_ms : 0);
    if (from_ms <= since_ms) continue; // too early to tell
    const which = name === 'shadows' ? 'experiment = {experiment:String}' : 'surface = {surface:String}';
    const rows = await store.query(
      `SELECT 1 FROM ${name} WHERE ${which} AND at >= fromUnixTimestamp64Milli({from_ms:Int64}) LIMIT 1`,
      { surface, experiment, from_ms },
    );
    if (rows.length === 0) silent.push(name);
  }
  return silent;
}

/** Who got a list that the challenger had a part in, in all stages of the trial. */
export async function exposure(
  store: RowStore,
  { surface, experiment }: Part,
): Promise<{ users: number; lists: number }> {
  const [row] = await store.query<{ users: number; lists: number }>(
    `SELECT uniqExact(user) AS users, uniqExact(list) AS lists FROM ranked_lists
     WHERE surface = {surface:String} AND experiment = {experiment:String} AND assigned IN ('challenger', 'both')
       AND role != 'fallback'`,
    { surface, experiment },
  );
  return { users: Number(row?.users ?? 0), lists: Number(row?.lists ?? 0) };
}

/** How a shadow fares: its agreement with the champion, and both as groups of which only time and failures are known. */
export async function shadowsOf(store: RowStore, part: Pick<Part, 'experiment' | 'since_ms'>) {
  const [row] = await store.query<{
    lists: number;
    failed: number;
    kendall: number | null;
    overlap: number | null;
    p50: number;
    p99: number;
    champion_p50: number;
  }>(
    `SELECT count() AS lists, countIf(failed) AS failed, avgOrNull(kendall) AS kendall, avgOrNull(overlap) AS overlap,
       quantile(0.5)(score_ms) AS p50, quantile(0.99)(score_ms) AS p99, quantile(0.5)(champion_ms) AS champion_p50
     FROM shadows FINAL WHERE experiment = {experiment:String} AND at >= fromUnixTimestamp64Milli({since_ms:Int64})`,
    { ...part },
  );
  const lists = Number(row?.lists ?? 0);
  const group = (failed: number, p50: number): Group => ({
    ...momentsIn(undefined),
    clicks: { ...NOTHING, lists },
    served: lists,
    failed,
    score_ms: lists > 0 ? p50 : null,
    p99_ms: null, // a shadow waits for lists that somebody waits for
    calibration: null,
    categories: null,
  });
  return {
    lists,
    kendall: row?.kendall ?? null,
    overlap: row?.overlap ?? null,
    p50_ms: row?.p50 ?? 0,
    p99_ms: row?.p99 ?? 0,
    champion: group(0, row?.champion_p50 ?? 0),
    challenger: group(Number(row?.failed ?? 0), row?.p50 ?? 0),
  };
}

const NOTHING: Moments = { users: 0, lists: 0, sum: 0, lists2: 0, cross: 0, sum2: 0 };

function momentsIn(row: MomentRow | undefined): Pick<Group, 'clicks' | 'value'> {
  if (!row) return { clicks: NOTHING, value: NOTHING };
  const [users, lists, lists2] = [Number(row.users), row.lists, row.lists2];
  return {
    clicks: { users, lists, lists2, sum: row.sum, cross: row.cross, sum2: row.sum2 },
    value: { users, lists, lists2, sum: row.value, cross: row.value_cross, sum2: row.value2 },
  };
}
