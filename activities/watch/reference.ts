import { spreadOf } from '../../models/features/drift.ts';
import { FEATURE_NAMES } from '../../models/features/vector.ts';
import type { Dataset } from '../../models/ranker/dataset/dataset.ts';
import { snapshotsIn } from '../../models/registry/snapshots.ts';
import { vectorOfNobody } from '../../models/watch/measures/nobody.ts';
import { edgesOf, type Spread } from '../../models/watch/measures/spread.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import type { Manifest } from '../../schemas/models/models.ts';
import type { Ports } from '../ports.ts';
import { BEHIND, type Span } from './rows.ts';
import { defaultsIn, spreadsIn, tenthsIn } from './spreads.ts';

/** With what later windows of a champion are compared, by place of its vector; the scores stand behind the features. */
export interface Reference {
  features: string[];
  edges: number[][];
  spreads: Spread[];
  /** The share of the values of each feature that are as of nobody. */
  defaults: number[];
}

/** Behind the features, by this name. */
export const SCORES = '(scores)';

interface ReferenceRow {
  place: number;
  feature: string;
  edges: number[];
  users: number;
  counts: number[];
  products: number[];
  at_default: number;
}

/**
 * The reference of a champion: made when its first hours are over, and kept once all of their lists are archived. Bins end
 * at the tenths of what it was trained on; where that is gone, and of scores, at those of the first hours.
 *
 * @param isDry it is not kept
 * @returns null where it had no lists in these hours
 */
export async function referenceOf(
  ports: Ports,
  span: Span,
  manifest: Manifest,
  { isDry }: { isDry: boolean },
): Promise<Reference | null> {
  const known = await readReference(ports, span);
  if (known) return known;
  const { store } = ports;
  const tenths = await tenthsIn(store, span);
  if (tenths.length !== FEATURE_NAMES.length + 1) return null;
  const trained = await trainedTenths(ports, manifest);
  const edges = tenths.map((own, place) => edgesOf(trained?.[place] ?? own));
  const spreads = await spreadsIn(store, span, edges);
  const { shares } = await defaultsIn(store, span, vectorOfNobody());
  const reference = { features: [...FEATURE_NAMES, SCORES], edges, spreads, defaults: shares };
  if (!isDry && (await isArchived(store, span))) await writeReference(ports, span, reference);
  return reference;
}

/**
 * Whether sinks stand behind a span, as far as rows tell: in each partition with lists in it, or in as long before it,
 * there are some behind it. While a partition has none, each look makes its reference anew.
 */
async function isArchived(store: RowStore, { from_ms, until_ms }: Span): Promise<boolean> {
  const short = await store.query(
    `SELECT partition FROM ranked_lists
     WHERE topic = 'rank.lists' AND at >= fromUnixTimestamp64Milli({since_ms:Int64})
     GROUP BY partition HAVING max(at) < fromUnixTimestamp64Milli({until_ms:Int64}) ${BEHIND}`,
    { since_ms: 2 * from_ms - until_ms, until_ms },
  );
  return short.length === 0;
}

/** So many rows tell tenths well enough. */
const MOST_ROWS = 20_000;

async function trainedTenths({ config }: Ports, { lineage: { snapshot } }: Manifest): Promise<number[][] | undefined> {
  if (snapshot === null) return undefined;
  // Somebody may have removed it, or put another one there.
  const dataset = await snapshotsIn(config)
    .read(snapshot)
    .catch(() => undefined);
  if (!dataset || dataset.rows === 0) return undefined;
  return FEATURE_NAMES.map(feature => spreadOf(column(dataset, dataset.featureNames.indexOf(feature))).edges);
}

function column({ features, featureNames, rows }: Dataset, at: number): Float32Array {
  const every = Math.ceil(rows / MOST_ROWS);
  return Float32Array.from(
    { length: Math.ceil(rows / every) },
    (_, n) => features[n * every * featureNames.length + at]!,
  );
}

const OF_CHAMPION = `surface = {surface:String} AND model = {model:String}
  AND promoted = fromUnixTimestamp64Milli({from_ms:Int64}) AND until = fromUnixTimestamp64Milli({until_ms:Int64})`;

async function readReference({ store }: Ports, span: Span): Promise<Reference | undefined> {
  const rows = await store.query<ReferenceRow>(
    `SELECT place, feature, edges, users, counts, products, at_default FROM watch_references FINAL
     WHERE ${OF_CHAMPION} ORDER BY place SETTINGS output_format_json_quote_64bit_integers = 0`,
    { ...span },
  );
  if (rows.length !== FEATURE_NAMES.length + 1) return undefined; // another layout
  return {
    features: rows.map(({ feature }) => feature),
    edges: rows.map(({ edges }) => edges),
    spreads: rows.map(({ users, counts, products }) => ({ users, counts, products })),
    defaults: rows.slice(0, -1).map(({ at_default }) => at_default),
  };
}

async function writeReference(
  { store }: Ports,
  span: Span,
  { features, edges, spreads, defaults }: Reference,
): Promise<void> {
  const { surface, model, from_ms, until_ms } = span;
  const about = { surface, model, promoted: from_ms, until: until_ms };
  const rows = features.map((feature, place) => {
    return { ...about, place, feature, edges: edges[place], ...spreads[place], at_default: defaults[place] ?? 0 };
  });
  await store.insert('watch_references', rows);
}
