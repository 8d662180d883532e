import { documented, explained, type FeatureDoc } from '../models/features/explain.ts';
import { REDUCERS } from '../models/features/reducer.ts';
import { FEATURES_VERSION } from '../models/features/vector.ts';
import { LIMITS } from '../schemas/limits.ts';
import { printResult, table } from './output.ts';

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
export function explainFeature(name: string, json: boolean | undefined): void {
  const doc = explained(name);
  printResult(doc, json, () => said(doc));
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
