import type { RowStore } from '../../schemas/clickhouse.ts';
import { LIMITS } from '../../schemas/limits.ts';
import type { ClickRate, HealthPage } from '../api.ts';
import { clusteredRate, wilson } from './intervals.ts';

/** What a question may cost: the pages are never in the way of those who train and archive. */
export const WITHIN = `SETTINGS max_execution_time = ${LIMITS.console_query_seconds}, max_threads = 1, priority = 5`;

type Sums = Record<'n' | 'c' | 'cc' | 'cn' | 'nn' | 'users', string>;

const BY_USER = `sum(saw) AS n, sum(did) AS c, sum(did * did) AS cc, sum(did * saw) AS cn, sum(saw * saw) AS nn, count() AS users`;
const SINCE = 'at >= now64(3) - INTERVAL {minutes:UInt32} MINUTE';

/** Click rates of each arm and model on the examples of the last hours, those with the most first. */
export async function clickRates(store: RowStore, hours: number): Promise<ClickRate[]> {
  const rows = await store.query<Sums & { arm: string; model: string }>(
    `SELECT arm, model, ${BY_USER} FROM (
       SELECT arm, if(arm = 'explore', '', model) AS model, user, count() AS saw, countIf(clicked) AS did
       FROM examples FINAL WHERE surface = 'home' AND ${SINCE} GROUP BY arm, model, user
     ) GROUP BY arm, model ORDER BY n DESC LIMIT 12 ${WITHIN}`,
    { minutes: Math.ceil(hours * 60) },
  );
  return rows.map(({ arm, model, ...sums }) => ({ arm, model, ...rateOf(sums), users: Number(sums.users) }));
}

/** The same over time, in at most 48 steps. */
export async function clicksOverTime(store: RowStore, hours: number): Promise<HealthPage['clicks']> {
  const seconds = Math.max(60, Math.ceil((hours * 3_600) / 48));
  const rows = await store.query<Sums & { step: string; arm: string }>(
    `SELECT step, arm, ${BY_USER} FROM (
       SELECT toUnixTimestamp(toStartOfInterval(at, INTERVAL {seconds:UInt32} SECOND)) AS step, arm, user,
         count() AS saw, countIf(clicked) AS did
       FROM examples FINAL WHERE surface = 'home' AND ${SINCE} GROUP BY step, arm, user
     ) GROUP BY step, arm ORDER BY step ${WITHIN}`,
    { minutes: Math.ceil(hours * 60), seconds },
  );
  return rows.map(({ step, arm, ...sums }) => ({ at_ms: Number(step) * 1_000, arm, ...rateOf(sums) }));
}

/** The popularity model's scores are rates, every other's are logits. */
const CHANCE = `if(match(lists.model, '^popularity(-|$)'), toFloat64(score), 1 / (1 + exp(-toFloat64(score))))`;

/** Predictions of one size beside what became of them: tenths by the predicted probability, of each model. */
export async function calibration(store: RowStore, hours: number): Promise<HealthPage['calibration']> {
  const rows = await store.query<{ model: string; predicted: number; n: string; c: string }>(
    `SELECT model, bin, avg(p) AS predicted, count() AS n, countIf(clicked) AS c FROM (
       SELECT model, p, clicked, toUInt8(least(9, floor(10 * rank))) AS bin FROM (
         SELECT model, p, clicked, percent_rank() OVER (PARTITION BY model ORDER BY p) AS rank FROM (
           SELECT lists.model AS model, ${CHANCE} AS p, clicked
           FROM (
             SELECT list, model, item, score FROM ranked_lists FINAL ARRAY JOIN items AS item, scores AS score
             WHERE surface = 'home' AND ${SINCE} AND arm = 'champion' AND cityHash64(list) % {every:UInt32} = 0
           ) AS lists
           INNER JOIN (
             SELECT list, item, clicked FROM examples FINAL
             WHERE surface = 'home' AND ${SINCE} AND arm = 'champion' AND cityHash64(list) % {every:UInt32} = 0
           ) AS seen USING (list, item)
         )
       )
     ) GROUP BY model, bin ORDER BY model, bin ${WITHIN}`,
    { minutes: Math.ceil(hours * 60), every: Math.max(1, Math.round(hours * 4)) },
  );
  const models = [...new Set(rows.map(({ model }) => model))];
  return models.map(model => {
    const bins = rows
      .filter(row => row.model === model)
      .map(({ predicted, n, c }) => ({ predicted, ...wilson(Number(c), Number(n)) }));
    const all = bins.reduce((sum, { of }) => sum + of, 0);
    const off = bins.reduce((sum, { of, rate, predicted }) => sum + of * Math.abs(rate - predicted), 0);
    return { model, bins, error: all === 0 ? null : off / all };
  });
}

function rateOf(sums: Sums) {
  const numbers = Object.entries(sums).map(([name, value]) => [name, Number(value)]);
  return clusteredRate(Object.fromEntries(numbers));
}
