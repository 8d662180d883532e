import type { RowStore } from '../../schemas/clickhouse.ts';
import type { HealthPage } from '../api.ts';
import { calibration, clicksOverTime, WITHIN } from './clicks.ts';
import { watched } from './watched.ts';

/** How what was served compares with what the archive gives, and what came of it. */
export async function health(store: RowStore, hours: number): Promise<HealthPage> {
  const since = { minutes: Math.ceil(hours * 60) };
  const recent = 'until >= now64(3) - INTERVAL {minutes:UInt32} MINUTE';
  const [checks, features, clicks, calibrated, look] = await Promise.all([
    store.query<Record<'until_ms' | 'lists' | 'left_out' | 'compared' | 'different', string>>(
      `SELECT toUnixTimestamp64Milli(runs.until) AS until_ms, lists, left_out, compared, different FROM (
         SELECT until, lists, arraySum(mapValues(left_out)) AS left_out FROM feature_comparisons FINAL WHERE ${recent}
       ) AS runs LEFT JOIN (
         SELECT until, sum(compared) AS compared, sum(different) AS different
         FROM feature_consistency FINAL WHERE ${recent} GROUP BY until
       ) AS found ON runs.until = found.until ORDER BY until_ms ${WITHIN}`,
      since,
    ),
    store.query<{ feature: string; compared: string; different: string; greatest: number }>(
      `SELECT feature, sum(compared) AS compared, sum(different) AS different, max(greatest) AS greatest
       FROM feature_consistency FINAL WHERE ${recent}
       GROUP BY feature ORDER BY different DESC, compared DESC, feature LIMIT 12 ${WITHIN}`,
      since,
    ),
    clicksOverTime(store, hours),
    calibration(store, hours),
    watched(store, 'home'),
  ]);
  return {
    watched: look,
    consistency: checks.map(row => ({
      until_ms: Number(row.until_ms),
      compared: Number(row.compared),
      different: Number(row.different),
      lists: Number(row.lists),
      left_out: Number(row.left_out),
    })),
    features: features.map(row => ({ ...row, compared: Number(row.compared), different: Number(row.different) })),
    clicks,
    calibration: calibrated,
  };
}
