import { REDUCERS } from '../../models/features/aggregates/reducer.ts';
import { CHANGED_PSI, spreadOf, stabilityIndex } from '../../models/features/drift.ts';
import { documented, explained, type FeatureDoc } from '../../models/features/explain.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../models/features/vector.ts';
import type { Store } from '../../schemas/clickhouse.ts';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';
import { readPolicies } from '../../schemas/policies/policies.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { printResult, table } from '../output.ts';
import { withClient } from '../stack/endpoints.ts';

/** All features, as they are declared. */
export function listFeatures(json: boolean | undefined): void {
  const features = documented().map(({ sql: _sql, ...doc }) => doc);
  printResult({ version: FEATURES_VERSION, features }, json, () =>
    [
      table([
        ['FEATURE', 'OF', 'WHAT IT IS'],
        ...features.map(({ name, of, describes, place }) => [
          name,
          of,
          place === null ? `(inner) ${describes}` : describes,
        ]),
      ]),
      `${features.filter(({ place }) => place !== null).length} features, version ${FEATURES_VERSION}`,
    ].join('\n'),
  );
}

/** One of them, with all that there is to know. */
export function explainFeature(config: Config, name: string, json: boolean | undefined): void {
  const doc = explained(name, readPolicies(config.policy).currencies);
  printResult(doc, json, () => said(doc));
}

/** Values of a feature that are looked at of each time, at most. */
const ROWS = 20_000;

interface Drift {
  name: string;
  psi: number;
  before: { mean: number; sd: number };
  now: { mean: number; sd: number };
}

/** How the features of the last hours differ from those before: as they were logged with the lists that became examples. */
export async function printDrift(config: Config, { hours, json }: { hours: number; json?: boolean }): Promise<void> {
  const drifts = await withClient(config, async ({ store }) => driftOf(await store(), hours));
  const changed = drifts.filter(({ psi }) => psi > CHANGED_PSI).length;
  printResult({ version: FEATURES_VERSION, hours, changed, features: drifts }, json, () =>
    [
      table([
        ['FEATURE', 'PSI', 'MEAN BEFORE', 'SD', 'MEAN NOW', 'SD'],
        ...drifts.map(({ name, psi, before, now }) => {
          return [name, ...[psi, before.mean, before.sd, now.mean, now.sd].map(value => value.toFixed(3))];
        }),
      ]),
      `${changed} of ${drifts.length} have changed: a stability index above ${CHANGED_PSI}`,
    ].join('\n'),
  );
}

/**
 * The most changed first.
 *
 * @throws DATA_INSUFFICIENT where either time has no example of today's features
 */
export async function driftOf(store: Store, hours: number): Promise<Drift[]> {
  const [now, before] = await Promise.all(
    ['>=', '<'].map(side =>
      store.query<{ features: number[] }>(
        `SELECT features FROM examples FINAL WHERE features_version = {version:String}
          AND at ${side} now64(3) - INTERVAL {minutes:UInt32} MINUTE ORDER BY cityHash64(list, position) LIMIT ${ROWS}`,
        { version: FEATURES_VERSION, minutes: Math.round(hours * 60) },
      ),
    ),
  );
  if (now!.length === 0 || before!.length === 0) {
    throw new TemperError('DATA_INSUFFICIENT', {
      where: 'the examples',
      expected: `rows of features ${FEATURES_VERSION} from before and after ${hours} hours ago`,
      got: `${before!.length} before, ${now!.length} after`,
      next: 'Say another --hours, or wait until more lists were shown',
    });
  }
  const column = (rows: typeof now, n: number) => Float32Array.from(rows!, ({ features }) => features[n]!);
  const drifts = FEATURE_NAMES.map((name, n): Drift => {
    const [earlier, later] = [spreadOf(column(before, n)), column(now, n)];
    const { mean, sd } = spreadOf(later);
    return {
      name,
      psi: stabilityIndex(earlier, later),
      before: { mean: earlier.mean, sd: earlier.sd },
      now: { mean, sd },
    };
  });
  return drifts.sort((a, b) => b.psi - a.psi);
}

function said({
  name,
  of,
  describes,
  events,
  formula,
  default: otherwise,
  place,
  state_bytes,
  sql,
}: FeatureDoc): string {
  const key = of.startsWith('item') ? 'item' : 'user';
  const cells = 8 * REDUCERS[key].places.at(-1)!;
  const limit = key === 'item' ? LIMITS.item_state_bytes : LIMITS.user_state_bytes;
  const rows = [
    ['name', name],
    ['of', of],
    ['what', describes],
    ['events', events.length > 0 ? events.join(', ') : 'none'],
    ['formula', formula],
    ['default', String(otherwise)],
    ['place', place === null ? 'none: others look into it' : `${place} of the vector, version ${FEATURES_VERSION}`],
    ['state', `${state_bytes} of ${cells} bytes a ${key} in memory; a record has at most ${limit}`],
  ];
  return `${table(rows)}\n\n${sql ?? 'no number of its own'}`;
}
