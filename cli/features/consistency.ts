import { disagreement } from '../../models/features/consistency.ts';
import type { Store } from '../../schemas/clickhouse.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { checkFeaturesNow, type FeatureComparison } from '../../workflows/clients/features.ts';
import { printResult, table } from '../output.ts';
import { withClient } from '../stack/endpoints.ts';
import { withTemporal } from '../stack/temporal.ts';

/** More than the schedule's sample: somebody waits for this one, and wants to know. */
const SAMPLE = { lists: 200, items: 5 };

/** Compares the features of lists of the last hours with what the archive gives, now; and tells what the checks of that time found. */
export async function printConsistency(
  config: Config,
  { hours, json }: { hours: number; json?: boolean },
): Promise<void> {
  await withTemporal(config, async client => {
    const now = await checkFeaturesNow(client, { hours, ...SAMPLE });
    if (now.lists === 0 && Object.keys(now.leftOut).length === 0) {
      throw new TemperError('DATA_INSUFFICIENT', {
        where: 'ranked_lists',
        expected: `lists of features ${now.features_version} within ${hours} hours`,
        got: 'none',
        next: 'Say more --hours, or wait until lists were served; the newest 15 seconds are left out',
      });
    }
    const checks = await withClient(config, async ({ store }) => checksOf(await store(), hours));
    printResult({ ...now, share: disagreement([now]), checks }, json, () => said(now, checks, hours));
  });
}

/** What the checks within these hours found, all together. */
export interface Checks {
  checks: number;
  compared: number;
  different: number;
  left_out: number;
}

export async function checksOf(store: Store, hours: number): Promise<Checks> {
  const since = { minutes: Math.round(hours * 60) };
  const [values] = await store.query<{ compared: string; different: string }>(
    `SELECT sum(compared) AS compared, sum(different) AS different FROM feature_consistency FINAL
     WHERE until >= now64(3) - INTERVAL {minutes:UInt32} MINUTE`,
    since,
  );
  const [runs] = await store.query<{ checks: string; left_out: string }>(
    `SELECT count() AS checks, sum(arraySum(mapValues(left_out))) AS left_out FROM feature_comparisons FINAL
     WHERE until >= now64(3) - INTERVAL {minutes:UInt32} MINUTE`,
    since,
  );
  return {
    checks: Number(runs?.checks ?? 0),
    compared: Number(values?.compared ?? 0),
    different: Number(values?.different ?? 0),
    left_out: Number(runs?.left_out ?? 0),
  };
}

/** One line of it. */
export function checksSaid({ checks, compared, different, left_out }: Checks): string {
  if (checks === 0) return 'not checked yet';
  const share = percent(disagreement([{ compared, different }]));
  return `${different} of ${compared} values differ from the archive (${share}), in ${checks} checks; ${left_out} not comparable`;
}

function said(now: FeatureComparison, checks: Checks, hours: number): string {
  const { lists, vectors, compared, different, unseen, leftOut, features } = now;
  const differing = features.map(({ feature, different, compared, greatest, worst }) => [
    feature,
    String(different),
    String(compared),
    greatest.toPrecision(3),
    worst ? `${worst.item} of ${worst.list}: ${worst.logged} served, ${worst.rebuilt} rebuilt` : '',
  ]);
  return [
    `${different} of ${compared} values differ (${percent(disagreement([now]))}): ${vectors} vectors of ${lists} lists`,
    ...Object.entries(leftOut).map(([reason, times]) => `not compared: ${times}, ${reason}`),
    `${unseen} of ${lists} lists came before something that their user had done was read`,
    ...(differing.length > 0 ? ['', table([['FEATURE', 'DIFFERENT', 'OF', 'MOST', 'WHERE'], ...differing])] : []),
    '',
    `the last ${hours} hours: ${checksSaid(checks)}`,
  ].join('\n');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(4)} %`;
}
