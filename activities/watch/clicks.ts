import type { Moments } from '../../models/evaluate/sequential/sequence.ts';
import type { Calibration, CalibrationBin } from '../../models/watch/measures/calibration.ts';
import type { Traffic } from '../../models/watch/measures/rates.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { BEHIND, IN_SPAN, MEANT, OWN, type Span } from './rows.ts';

const MOMENTS = `count() AS users, sum(n) AS lists, sum(n * n) AS lists2, sum(y) AS sum, sum(n * y) AS cross,
  sum(y * y) AS sum2`;
const NOTHING: Moments = { users: 0, lists: 0, sum: 0, lists2: 0, cross: 0, sum2: 0 };

/** What lists of a span brought: those that the champion should have ordered, and those that no champion orders. */
export async function trafficIn(store: RowStore, span: Span): Promise<Traffic> {
  const rows = await store.query<Moments & { side: keyof Traffic }>(
    `SELECT side, ${MOMENTS} FROM (
       SELECT multiIf(arm = 'control', 'control', arm = 'explore', 'random', 'own') AS side, user,
         toFloat64(uniqExact(list)) AS n, toFloat64(sum(clicked)) AS y
       FROM examples FINAL
       WHERE ${IN_SPAN} AND (arm IN ('control', 'explore') OR (${MEANT} AND (arm = 'fallback' OR model = {model:String})))
       GROUP BY side, user)
     GROUP BY side ${BEHIND}`,
    { ...span },
  );
  const of = (name: keyof Traffic): Moments => {
    const { side: _side, ...moments } = rows.find(({ side }) => side === name) ?? { side: name, ...NOTHING };
    return moments;
  };
  return { own: of('own'), control: of('control'), random: of('random') };
}

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
