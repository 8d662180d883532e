import { EXAMINATION_EXPONENT } from '../../models/features/aggregates/examination.ts';
import {
  type ExaminationEstimate,
  estimateExamination,
  type SeenAt,
} from '../../models/features/examination/estimate.ts';
import { FEATURES_VERSION } from '../../models/features/vector.ts';
import type { Store } from '../../schemas/clickhouse.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { Config } from '../../schemas/settings/config.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import { printResult, table } from '../output.ts';
import { withClient } from '../stack/endpoints.ts';

/** How far down items are looked at, as lists in random order tell, beside what features are made with. */
export async function printExamination(
  config: Config,
  { surface, json }: { surface: Surface; json?: boolean },
): Promise<void> {
  const found = await withClient(config, async ({ store }) => examinationOf(await store(), surface));
  const declared = { exponent: EXAMINATION_EXPONENT, features_version: FEATURES_VERSION };
  printResult({ surface, ...found, declared }, json, () => said(found));
}

/** Users are drawn by these groups, so that what is drawn from does not grow with the shop. */
const GROUPS = 1_000;
/** With fewer clicks at the top, all that is divided by them is chance. */
const MINIMUM_TOP_CLICKS = 50;

/**
 * Pinned items, which have the propensity 1, stand where they do for a reason, and are left out.
 *
 * @throws DATA_INSUFFICIENT
 */
export async function examinationOf(store: Store, surface: Surface): Promise<ExaminationEstimate> {
  const seen = await store.query<SeenAt>(
    `SELECT group, toUInt32(position) AS position, count() AS lists, countIf(clicked) AS clicks, countIf(top) AS top_clicks
     FROM (
       SELECT toUInt32(cityHash64(any(user)) % ${GROUPS}) AS group, groupArray((position, clicked)) AS places,
              countIf(position = 0 AND clicked) > 0 AS top
       FROM examples FINAL WHERE surface = {surface:String} AND arm = 'explore' AND propensity < 1
       GROUP BY list HAVING countIf(position = 0) > 0
     ) ARRAY JOIN places.1 AS position, places.2 AS clicked
     GROUP BY group, position
     SETTINGS output_format_json_quote_64bit_integers = 0`,
    { surface },
  );
  const found = estimateExamination(seen, { groups: GROUPS, seed: 1 });
  if (found.top_clicks < MINIMUM_TOP_CLICKS) {
    throw new TemperError('DATA_INSUFFICIENT', {
      where: `examples of ${surface} in random order`,
      expected: `at least ${MINIMUM_TOP_CLICKS} clicks at the top`,
      got: `${found.top_clicks} in ${found.lists} lists`,
      next: 'Wait until more lists were shown, or set TEMPER_EXPLORATION higher',
    });
  }
  return found;
}

function said({ lists, top_clicks, positions, exponent }: ExaminationEstimate): string {
  const rows = positions.map(({ position, lists: count, clicks, measured, smooth, declared }) => [
    ...[position, count, clicks].map(String),
    measured?.value.toFixed(3) ?? '',
    measured ? `${measured.low.toFixed(3)} to ${measured.high.toFixed(3)}` : '',
    smooth?.value.toFixed(3) ?? '',
    declared.toFixed(3),
  ]);
  const fits = exponent && exponent.low <= EXAMINATION_EXPONENT && EXAMINATION_EXPONENT <= exponent.high;
  return [
    table([['POSITION', 'LISTS', 'CLICKS', 'MEASURED', '95 %', 'SMOOTH', 'DECLARED'], ...rows]),
    `${lists} lists in random order, ${top_clicks} clicks at the top; the curve is relative to the top`,
    exponent
      ? `(1 + position)^-e fits best with e = ${exponent.value.toFixed(2)}, 95 % between ${exponent.low.toFixed(2)} and ${exponent.high.toFixed(2)}; features are made with ${EXAMINATION_EXPONENT}, which is ${fits ? 'within' : 'outside: docs/recipes.md says how to take over your own'}`
      : 'too few positions for a curve',
  ].join('\n');
}
