import { openExplainer } from '../../models/explain/explainer.ts';
import { decode } from '../../models/graph/file/decode.ts';
import { value } from '../../models/graph/runtime.ts';
import { PORTS } from '../../models/ranker/ranker.ts';
import { openModel } from '../../models/registry/registry.ts';
import type { ModelStore } from '../../models/registry/store/store.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { Reasons } from '../api.ts';
import type { ListId } from '../server/pages.ts';
import { WITHIN } from './clicks.ts';

/** The features for people: the first pattern that a name fits says what it is about. */
const ABOUT: readonly (readonly [string, RegExp])[] = [
  ['seen before', /^pair\.(seen|item_|since_item)/],
  ['your taste', /^pair\.(category|brand|since_category)|^session\.category/],
  ['words', /^pair\.(words|query)/],
  ['price', /price|last_paid/],
  [
    'popularity',
    /^item\.(impressions|clicks|views|carts|purchases|examined|users|top_users|trend|since|revenue|.*_rate)/,
  ],
  ['what buyers say', /^item\.(ratings?|stars|praise|returns|dismissals)/],
  ['your visits', /^(user|session)\./],
];
const OTHER = 'other';

export function aboutOf(feature: string): string {
  return ABOUT.find(([, pattern]) => pattern.test(feature))?.[0] ?? OTHER;
}

interface Row {
  model: string;
  items: string[];
  features: number[][];
  features_version: string;
}

/**
 * Why items of a list stand above or below each other: integrated gradients from the list's mean item to each item, so
 * that what all candidates of a user have in common explains nothing, as it should.
 *
 * @throws NOT_FOUND; DATA_INSUFFICIENT where the list's model does not see features alone
 */
export async function reasonsOf(
  store: RowStore,
  registry: ModelStore,
  { list, surface, at_ms }: ListId,
): Promise<Reasons> {
  const [row] = await store.query<Row>(
    `SELECT model, items, features, features_version FROM ranked_lists FINAL
     WHERE surface = {surface:String} AND list = {list:String}
       AND at BETWEEN fromUnixTimestamp64Milli({at_ms:Int64} - 1000) AND fromUnixTimestamp64Milli({at_ms:Int64} + 1000) ${WITHIN}`,
    { surface, list, at_ms },
  );
  if (!row) throw new TemperError('NOT_FOUND', { where: 'ranked_lists', got: list });
  const { manifest, graph } = await openModel(registry, row.model).catch(cause => {
    throw new TemperError('NOT_FOUND', { where: `the registry, model ${row.model}`, cause });
  });
  if (manifest.kind !== 'mlp' || manifest.features_version !== row.features_version || row.items.length < 2) {
    throw new TemperError('DATA_INSUFFICIENT', {
      where: list,
      expected: 'two items or more, scored by a perceptron on features',
      got: `${row.items.length} by ${row.model}, a model of kind ${manifest.kind}`,
    });
  }
  const width = manifest.features.length;
  const rows = value('float32', Float32Array.from(row.features.flat()), [row.items.length, width]);
  const abouts = manifest.features.map(aboutOf);
  const placesOf = (about: string) => [...abouts.keys()].filter(place => abouts[place] === about);
  const groups = Object.fromEntries([...new Set(abouts)].map(about => [about, placesOf(about)]));
  const attributed = { [PORTS.features]: { baseline: meanOf(row.features, width), groups } };
  const explainer = await openExplainer(decode(graph, row.model), { inputs: attributed, output: PORTS.score });
  try {
    const explained = await explainer.explain({ [PORTS.features]: rows });
    const items = explained.map(({ score, groups, error }, n) => ({ item: row.items[n]!, score, groups, error }));
    return { list, model: row.model, baseline: explained[0]!.baselineScore, items };
  } finally {
    await explainer.release();
  }
}

function meanOf(rows: readonly (readonly number[])[], width: number): Float32Array {
  const mean = new Float32Array(width);
  for (const row of rows) for (let k = 0; k < width; k++) mean[k]! += row[k]! / rows.length;
  return mean;
}
