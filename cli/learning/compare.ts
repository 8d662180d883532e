import { openModel } from '../../models/registry/registry.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import type { ModelStore } from '../../models/registry/store/store.ts';
import { accessionOf } from '../../models/registry/succession.ts';
import type { Manifest } from '../../schemas/models/models.ts';
import { startInWords } from '../../schemas/models/start-words.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import { printResult, table } from '../output.ts';

/**
 * Two models beside each other. Verdicts were given on different examples, unless both came from one snapshot: it says so.
 *
 * @throws MODEL_REFUSED where one is not in the registry, or not as it was registered
 */
export async function compareModels(
  config: Config,
  one: string,
  other: string,
  json: boolean | undefined,
): Promise<void> {
  const models = modelsIn(config);
  const [a, b] = await Promise.all([one, other].map(async id => (await openModel(models, id)).manifest));
  const [of, than] = await Promise.all(
    [a!, b!].map(async each => ({ ...valuesOf(each), ...(await served(models, each)) })),
  );
  const rows = differences(of!, than!);
  const same_examples = a!.lineage.snapshot !== null && a!.lineage.snapshot === b!.lineage.snapshot;
  printResult({ one: a, other: b, same_examples, differences: rows }, json, () =>
    [
      table([['', one, other], ...rows.map(({ name, one, other }) => [name, said(one), said(other)])]),
      '',
      same_examples ? 'both were judged on the same examples' : 'they were judged on different examples',
    ].join('\n'),
  );
}

type Values = Record<string, Value>;
type Value = string | number | boolean | null;
interface Difference {
  name: string;
  one: Value;
  other: Value;
}

/** All that is said of either and is not the same. */
function differences(of: Values, than: Values): Difference[] {
  const names = [...new Set([...Object.keys(of), ...Object.keys(than)])];
  return names
    .map(name => ({ name, one: of[name] ?? null, other: than[name] ?? null }))
    .filter(({ one, other }) => one !== other);
}

function valuesOf({
  kind,
  created_ms,
  features,
  features_version,
  files,
  lineage,
  training,
  verdict,
}: Manifest): Values {
  const values: Values = {
    ...{ kind, created: new Date(created_ms).toISOString(), features: features.length, features_version },
    ...named('lineage', { ...lineage, start: lineage.start ? startInWords(lineage.start) : null }),
    ...named('sha256', files),
    ...named('training', training ?? {}),
    passed: verdict?.passed ?? null,
    ...named('metric', verdict?.metrics ?? {}),
  };
  for (const check of verdict?.checks ?? []) values[`gate ${check.name}`] = check.value ?? check.passed;
  return values;
}

/** Since when it last served, by whose word, and who let it: as `temper history` tells it, and without a store. */
async function served(models: ModelStore, { id }: Manifest): Promise<Values> {
  const values: Values = {};
  for (const surface of Surface.options) {
    const accession = await accessionOf(models, surface, id);
    if (accession === undefined) continue;
    const { promotion, kind, workflow, requested_by } = accession;
    const { at_ms, approved_by = null, reason } = promotion;
    const by = requested_by || workflow.split('/')[0]!;
    Object.assign(
      values,
      named(surface, { [kind]: new Date(at_ms).toISOString(), by, 'approved by': approved_by, why: reason }),
    );
  }
  return values;
}

function named(prefix: string, values: object): Values {
  const plain = Object.entries(values).filter(([, value]) => value === null || typeof value !== 'object');
  return Object.fromEntries(plain.map(([name, value]) => [`${prefix} ${name}`, value as Value]));
}

function said(value: Value): string {
  if (value === null) return '';
  return typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(5))) : String(value);
}
