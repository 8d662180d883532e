import { z } from 'zod';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../models/features/vector.ts';
import { writeDataset } from '../../models/ranker/dataset/dataset-file.ts';
import { snapshotsIn } from '../../models/registry/snapshots.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { TemperError } from '../../schemas/errors.ts';
import { at_ms } from '../../schemas/topics/events.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import type { Ports } from '../ports.ts';
import { DatasetBuilder, type ExampleRow } from './dataset-builder.ts';
import { inUse } from './in-use.ts';
import { contentsOf } from './item-contents.ts';
import { journeysOf } from './journeys.ts';

/** Below this there is nothing to judge a model by. */
export const MINIMUM = { lists: 200, clicks: 20 } as const;

export const SnapshotExamples = z.object({
  surface: Surface,
  /** Examples of lists before this time: a retry reads the same ones, but for those that arrive late. */
  until_ms: at_ms,
  /** Examples of lists from this time on. */
  from_ms: at_ms.optional(),
  /** Only about this many of the newest lists. */
  lists: z.int().positive().optional(),
});
export type SnapshotExamples = z.infer<typeof SnapshotExamples>;

/** A frozen set of examples. Its file is named by its content. */
export const Snapshot = z.object({
  path: z.string(),
  sha256: z.string(),
  rows: z.int(),
  lists: z.int(),
  clicks: z.int(),
  purchases: z.int(),
  from_ms: at_ms,
  to_ms: at_ms,
  features_version: z.string(),
});
export type Snapshot = z.infer<typeof Snapshot>;

/**
 * Freezes the examples of a surface into a file: those whose vectors have today's layout, in the order of time, list
 * and position, with what is known of their items, and for a sequence ranker with what users did. They are read as a stream into typed arrays, so memory is the size of the numbers.
 */
export async function snapshotExamples(
  { config, store }: Ports,
  request: SnapshotExamples,
  onRows: (rows: number) => void = () => {},
): Promise<Snapshot> {
  const builder = new DatasetBuilder(FEATURE_NAMES, request.until_ms - config.purchaseWindow_ms);
  for await (const rows of read(store, request)) {
    for (const row of rows) builder.add(row);
    onRows(builder.rows);
  }
  const { lists, clicks } = builder;
  if (lists < MINIMUM.lists || clicks < MINIMUM.clicks) {
    throw new TemperError('DATA_INSUFFICIENT', {
      where: `examples of ${request.surface} with features ${FEATURES_VERSION}`,
      expected: `at least ${MINIMUM.lists} lists and ${MINIMUM.clicks} clicks`,
      got: `${lists} lists and ${clicks} clicks`,
      next: 'Wait until more lists were shown, or replay recorded ones',
    });
  }
  const dataset = builder.build(await contentsOf(store, builder.items));
  if (config.ranker === 'sequence') dataset.journeys = await journeysOf(store, request.until_ms, onRows);
  const snapshots = snapshotsIn(config);
  const { path, sha256 } = await writeDataset(snapshots.directory, dataset);
  await inUse(path, () => snapshots.keep(sha256));
  return {
    path,
    sha256,
    rows: dataset.rows,
    lists,
    clicks,
    purchases: builder.purchases,
    from_ms: dataset.at_ms[0]!,
    to_ms: dataset.at_ms[dataset.rows - 1]!,
    features_version: FEATURES_VERSION,
  };
}

const OF_SURFACE = `surface = {surface:String} AND features_version = {version:String}
  AND at < fromUnixTimestamp64Milli({until_ms:Int64})`;

async function* read(
  store: RowStore,
  { surface, from_ms, until_ms, lists }: SnapshotExamples,
): AsyncIterable<ExampleRow[]> {
  const params = { surface, version: FEATURES_VERSION, until_ms };
  const newest_ms = lists === undefined ? 0 : await startOfNewest(store, { surface, until_ms, lists });
  const since_ms = Math.max(from_ms ?? 0, newest_ms);
  yield* store.stream<ExampleRow>(
    `SELECT list, toUnixTimestamp64Milli(at) AS at_ms, user, arm, position, item, propensity, features, history,
            language, clicked, carted, purchased, dismissed
     FROM examples FINAL
     LEFT ANY JOIN (
       SELECT list, language FROM ranked_lists
       WHERE surface = {surface:String} AND at >= fromUnixTimestamp64Milli({since_ms:Int64})
         AND at < fromUnixTimestamp64Milli({until_ms:Int64}) AND language != '') AS asked USING list
     WHERE ${OF_SURFACE} AND at >= fromUnixTimestamp64Milli({since_ms:Int64})
     ORDER BY at, list, position
     SETTINGS output_format_json_quote_64bit_integers = 0`,
    { ...params, since_ms },
  );
}

/** When the oldest of about so many of the newest lists was shown; 0 where there is none. */
export async function startOfNewest(
  store: RowStore,
  { surface, until_ms, lists }: Required<Pick<SnapshotExamples, 'surface' | 'until_ms' | 'lists'>>,
): Promise<number> {
  const [row] = await store.query<{ since_ms: string }>(
    `SELECT toUnixTimestamp64Milli(min(at)) AS since_ms
     FROM (SELECT DISTINCT list, at FROM examples WHERE ${OF_SURFACE} ORDER BY at DESC, list LIMIT {lists:UInt32})`,
    { surface, version: FEATURES_VERSION, until_ms, lists },
  );
  return Number(row?.since_ms ?? 0);
}
