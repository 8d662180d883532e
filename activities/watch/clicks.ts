import type { Moments } from '../../models/evaluate/sequential/sequence.ts';
import { FEATURES_VERSION } from '../../models/features/vector.ts';
import type { Calibration, CalibrationBin } from '../../models/watch/measures/calibration.ts';
import { SIDES, type Side, type Traffic, WINDOWS, type Window } from '../../models/watch/measures/rates.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { BEHIND, IN_SPAN, MEANT, OWN, type Span } from './rows.ts';

const MOMENTS = `count() AS users, sum(n) AS lists, sum(n * n) AS lists2, sum(y) AS sum, sum(n * y) AS cross,
  sum(y * y) AS sum2`;
const NOTHING: Moments = { users: 0, lists: 0, sum: 0, lists2: 0, cross: 0, sum2: 0 };

/** What lists of two windows brought: those that the champion of each should have ordered, and those that none orders. */
export async function trafficIn(store: RowStore, windows: Record<Window, Span>): Promise<Traffic> {
  const { before, after } = windows;
  const during = (window: Window) => `at >= fromUnixTimestamp64Milli({${window}_from_ms:Int64})
      AND at < fromUnixTimestamp64Milli({${window}_until_ms:Int64})`;
  const isOwn = (window: Window) => `${MEANT} AND (arm = 'fallback' OR model = {${window}_model:String})`;
  const of: Record<Side, (window: Window) => string> = {
    own: isOwn,
    control: () => "arm = 'control'",
    random: () => "arm = 'explore'",
  };
  const groups = WINDOWS.flatMap(window => SIDES.map(side => `${during(window)} AND ${of[side](window)}`));
  const numbers = groups.map(
    (group, at) =>
      `toFloat64(uniqExactIf(list, ${group})) AS n${at}, toFloat64(countIf(clicked AND ${group})) AS y${at}`,
  );
  const own = groups.map((_, group) => `n${group}, y${group}`).join(', ');
  const [row] = await store.query<Traffic>(
    `SELECT count() AS users, sumForEach(arrayMap(group -> toFloat64(own[2 * group + 1] > 0), range(${groups.length}))) AS present,
       sumForEach(own) AS sums, sumForEach(arrayFlatten(arrayMap(a -> arrayMap(b -> a * b, own), own))) AS products
     FROM (SELECT user, ${numbers.join(', ')}, [${own}] AS own FROM examples FINAL
       WHERE surface = {surface:String} AND ((${during('before')}) OR (${during('after')})) GROUP BY user
       HAVING arraySum(own) > 0) ${BEHIND}`,
    {
      surface: after.surface,
      ...{ before_from_ms: before.from_ms, before_until_ms: before.until_ms, before_model: before.model },
      ...{ after_from_ms: after.from_ms, after_until_ms: after.until_ms, after_model: after.model },
    },
  );
  const width = 2 * groups.length;
  const nothing = { users: 0, present: zeros(groups.length), sums: zeros(width), products: zeros(width ** 2) };
  return row && Number(row.users) > 0 ? row : nothing;
}

/** How many lists of a span have outcomes that a retraining can learn from. */
export async function listsIn(store: RowStore, span: Omit<Span, 'model'>): Promise<number> {
  const [row] = await store.query<{ lists: number }>(
    `SELECT uniqExact(list) AS lists FROM examples WHERE ${IN_SPAN} AND features_version = {version:String} ${BEHIND}`,
    { ...span, version: FEATURES_VERSION },
  );
  return row?.lists ?? 0;
}

const zeros = (length: number) => new Array<number>(length).fill(0);

const MOST_LISTS = 20_000;

/** What the champion predicted of the items that were seen in a span, and what was clicked; its scores are logits. */
export async function calibrationIn(store: RowStore, span: Span): Promise<Calibration> {
  const lists = `(SELECT list, items, scores FROM ranked_lists FINAL WHERE ${OWN} ORDER BY cityHash64(list) LIMIT ${MOST_LISTS})`;
  const rows = `(SELECT user, e.list AS list, clicked, 1 / (1 + exp(-toFloat64(score))) AS p
     FROM (SELECT list, user, item, clicked FROM examples FINAL WHERE ${OWN}) AS e
     INNER JOIN (SELECT list, pair.1 AS item, pair.2 AS score FROM (
       SELECT list, arrayJoin(arrayZip(items, scores)) AS pair FROM ${lists} WHERE length(items) = length(scores))) AS l
     ON e.list = l.list AND e.item = l.item)`;
  const [clicks] = await store.query<Moments & { seen: number }>(
    `SELECT ${MOMENTS}, sum(own) AS seen FROM (
       SELECT user, uniqExact(list) AS own, sum(p) AS n, toFloat64(sum(clicked)) AS y FROM ${rows} GROUP BY user) ${BEHIND}`,
    { ...span },
  );
  const bins = await store.query<CalibrationBin>(
    `SELECT count() AS rows, sum(p) AS expected, toFloat64(sum(clicked)) AS clicks FROM ${rows}
     GROUP BY least(9, floor(10 * p)) ${BEHIND}`,
    { ...span },
  );
  const { seen, ...moments } = clicks ?? { seen: 0, ...NOTHING };
  return { clicks: moments, lists: seen, bins };
}
