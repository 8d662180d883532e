import { z } from 'zod';
import {
  type Agreement,
  type Comparison,
  compare,
  isArchived,
  type LeftOut,
  type RebuiltRow,
  type Standing,
} from '../../models/features/consistency.ts';
import { BEHIND, sqlOfLists } from '../../models/features/sql/rebuild.ts';
import { FEATURE_NAMES, FEATURES_VERSION, REBUILT_NAMES } from '../../models/features/vector.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import type { Currencies } from '../../schemas/policies/currencies.ts';
import { readPolicies } from '../../schemas/policies/policies.ts';
import { at_ms } from '../../schemas/topics/events.ts';
import type { Applied } from '../../schemas/topics/ranking.ts';
import type { Ports } from '../ports.ts';
import { TAKEOVER_MS } from './checks.ts';

export const CompareFeatures = z.object({
  /** Lists that the broker got in this time. */
  from_ms: at_ms,
  until_ms: at_ms,
  /** How many of them, drawn by their ids; and how many items of each. */
  lists: z.int().positive().max(1_000),
  items: z.int().positive().max(200),
});
export type CompareFeatures = z.infer<typeof CompareFeatures>;

export interface FeatureComparison {
  from_ms: number;
  until_ms: number;
  features_version: string;
  /** Lists that were compared, and of these those before which their user had done something that was not read yet. */
  lists: number;
  unseen: number;
  vectors: number;
  compared: number;
  different: number;
  /** Lists and rows that were not compared, by the reason. */
  leftOut: Partial<Record<LeftOut, number>>;
  /** Features that disagree, the worst first. */
  features: Agreement[];
}

const AS_NUMBERS = `${BEHIND}, output_format_json_quote_64bit_integers = 0`;

/**
 * Compares the features of a sample of lists, as they were logged, with those that the declared SQL makes of the same
 * events, and writes both down. The same request gives the same rows.
 */
export async function compareFeatures({ config, store }: Ports, request: CompareFeatures): Promise<FeatureComparison> {
  const sample = await draw(store, request);
  const standing = await standingOf(store);
  const told = sample.filter(({ applied_catalogue }) => applied_catalogue.length > 0);
  const archived = told.filter(list => isArchived(appliedOf(list), list.partition, standing));
  const { features, vectors, leftOut } = await rebuild(
    store,
    archived,
    request.items,
    readPolicies(config.policy).currencies,
  );
  const unseen = await unseenIn(store, archived);
  const result: FeatureComparison = {
    from_ms: request.from_ms,
    until_ms: request.until_ms,
    features_version: FEATURES_VERSION,
    lists: archived.length,
    unseen,
    vectors,
    compared: features.reduce((sum, { compared }) => sum + compared, 0),
    different: features.reduce((sum, { different }) => sum + different, 0),
    leftOut: {
      ...leftOut,
      ...counted('positions unknown', sample.length - told.length),
      ...counted('not archived yet', told.length - archived.length),
    },
    features: features.filter(({ different }) => different > 0).sort((a, b) => b.different - a.different),
  };
  if (sample.length > 0) await write(store, result, features);
  return result;
}

interface Drawn {
  list: string;
  at_ms: number;
  partition: number;
  applied_user: number;
  applied_items: Record<string, number[]>;
  applied_catalogue: number[];
}

/** When what serves began to have other imports in it than before; scorers take that over one by one. */
const IMPORTS_SERVED = `SELECT max(at) FROM (
    SELECT at, imports != lagInFrame(imports) OVER (ORDER BY generation ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS other
    FROM rebuilds FINAL WHERE at <= fromUnixTimestamp64Milli({until_ms:Int64})) WHERE other`;

function draw(store: RowStore, { from_ms, until_ms, lists }: CompareFeatures): Promise<Drawn[]> {
  return store.query<Drawn>(
    `SELECT list, toUnixTimestamp64Milli(at) AS at_ms, partition, applied_user, applied_items, applied_catalogue
     FROM (SELECT * FROM ranked_lists WHERE features_version = {version:String}
       AND recorded > fromUnixTimestamp64Milli({from_ms:Int64}) AND recorded <= fromUnixTimestamp64Milli({until_ms:Int64})
       AND recorded > addMilliseconds((${IMPORTS_SERVED}), ${TAKEOVER_MS}) AND notEmpty(items) ORDER BY list, offset LIMIT 1 BY list)
     ORDER BY cityHash64(list) LIMIT {lists:UInt32} ${AS_NUMBERS}`,
    { version: FEATURES_VERSION, from_ms, until_ms, lists },
  );
}

const appliedOf = ({ applied_user, applied_items, applied_catalogue }: Drawn): Applied => {
  return { user: applied_user, items: applied_items, catalogue: applied_catalogue };
};

/** How far events and products are archived. What was refused has no row, but the sink says where it stands. */
async function standingOf(store: RowStore): Promise<Standing> {
  const next = async (table: string, topic: string) => {
    const rows = await store.query<{ partition: number; next: number }>(
      `SELECT partition, max(next) AS next FROM (
         SELECT partition, max(offset) + 1 AS next FROM ${table} WHERE topic = {topic:String} GROUP BY partition
         UNION ALL SELECT partition, max(next) AS next FROM sink_progress WHERE topic = {topic:String} GROUP BY partition)
       GROUP BY partition ${AS_NUMBERS}`,
      { topic },
    );
    return new Map(rows.map(({ partition, next }) => [partition, next]));
  };
  return { events: await next('events', 'shop.events'), catalogue: await next('catalogue', 'shop.catalogue') };
}

async function rebuild(
  store: RowStore,
  lists: readonly Drawn[],
  items: number,
  currencies: Currencies,
): Promise<Comparison> {
  if (lists.length === 0) return compare(FEATURE_NAMES, [], REBUILT_NAMES);
  return compare(
    FEATURE_NAMES,
    await store.query<RebuiltRow>(`${sqlOfLists(currencies)}\n${AS_NUMBERS}`, { ...named(lists), items }),
    REBUILT_NAMES,
  );
}

/** Lists before which their user had done what the scorer had not read yet: how fresh features are, not whether they are right. */
async function unseenIn(store: RowStore, lists: readonly Drawn[]): Promise<number> {
  if (lists.length === 0) return 0;
  const [row] = await store.query<{ lists: number }>(
    `SELECT uniqExact(list) AS lists FROM (SELECT user, partition, offset, at AS happened FROM events WHERE topic = 'shop.events') AS e
     INNER JOIN (SELECT list, user, at, partition, applied_user FROM ranked_lists WHERE list IN {lists:Array(String)}
       AND at BETWEEN fromUnixTimestamp64Milli({from_ms:Int64}) AND fromUnixTimestamp64Milli({until_ms:Int64})) AS l
     ON e.user = l.user AND e.partition = l.partition WHERE e.offset >= applied_user AND happened <= at ${AS_NUMBERS}`,
    named(lists),
  );
  return row?.lists ?? 0;
}

/** The lists' ids, and between which times they are to be looked for. */
function named(lists: readonly Drawn[]): { lists: string[]; from_ms: number; until_ms: number } {
  const times = lists.map(({ at_ms }) => at_ms);
  return { lists: lists.map(({ list }) => list), from_ms: Math.min(...times), until_ms: Math.max(...times) };
}

function counted(reason: LeftOut, times: number): FeatureComparison['leftOut'] {
  return times > 0 ? { [reason]: times } : {};
}

async function write(store: RowStore, result: FeatureComparison, features: readonly Agreement[]): Promise<void> {
  const { from_ms, until_ms, features_version, lists, unseen, vectors, leftOut } = result;
  const row = { until: until_ms, from: from_ms, features_version, lists, unseen, vectors, left_out: leftOut };
  await store.insert('feature_comparisons', [row]);
  const rows = features.flatMap(({ feature, compared, different, greatest, worst }) => {
    const shown = { list: worst?.list ?? '', item: worst?.item ?? '', logged: worst?.logged, rebuilt: worst?.rebuilt };
    // JSON has no infinity: it is where one of both was no number.
    return compared === 0
      ? []
      : [{ until: until_ms, feature, compared, different, greatest: Math.min(greatest, 1e308), ...shown }];
  });
  await store.insert('feature_consistency', rows);
}
