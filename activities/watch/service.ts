import { FEATURE_NAMES } from '../../models/features/vector.ts';
import { vectorOfNobody } from '../../models/watch/measures/nobody.ts';
import type { Service } from '../../models/watch/reading.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { BEHIND, IN_SPAN, MEANT, type Span } from './rows.ts';
import { defaultsIn } from './spreads.ts';

/**
 * How lists came about in the last minutes.
 *
 * @param before of each feature the share of the reference's values that are as of nobody; null before there is one
 * @param label_ms how long a list waits for its outcomes
 */
export async function serviceIn(
  store: RowStore,
  span: Span,
  { before, label_ms }: { before: readonly number[] | null; label_ms: number },
): Promise<Service> {
  const [row] = await store.query<Pick<Service, 'lists' | 'fallback' | 'empty'>>(
    `SELECT count() AS lists, countIf(arm = 'fallback') AS fallback, countIf(arm != 'fallback' AND empty(items)) AS empty
     FROM ranked_lists FINAL WHERE ${IN_SPAN} AND ${MEANT} ${BEHIND}`,
    { ...span },
  );
  const { shares, values, odd } = await defaultsIn(store, span, vectorOfNobody());
  const overdue_ms = await overdueIn(store, span, label_ms);
  return { lists: 0, fallback: 0, empty: 0, ...row, values, odd, defaults: compared(shares, before), overdue_ms };
}

function compared(now: readonly number[], before: readonly number[] | null): Service['defaults'] {
  if (now.length === 0 || before === null || before.length !== now.length) return null;
  const mean = (shares: readonly number[]) => shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const gains = now.map((share, at) => share - before[at]!);
  const most = FEATURE_NAMES[gains.indexOf(Math.max(...gains))]!;
  return { now: mean(now), before: mean(before), most };
}

/** A look back beyond which nobody asks how long outcomes are overdue. */
const LONGEST_MS = 24 * 3_600_000;

async function overdueIn(store: RowStore, { surface, until_ms }: Span, label_ms: number): Promise<number | null> {
  const newest = async (table: string, which: string) => {
    const [row] = await store.query<{ at_ms: number | null }>(
      `SELECT toUnixTimestamp64Milli(maxOrNull(at)) AS at_ms FROM ${table} WHERE ${IN_SPAN} ${which} ${BEHIND}`,
      { surface, from_ms: until_ms - LONGEST_MS, until_ms: until_ms - label_ms },
    );
    return row?.at_ms ?? null;
  };
  const asked = await newest('ranked_lists', 'AND notEmpty(items)');
  if (asked === null) return null;
  return asked - ((await newest('examples', '')) ?? until_ms - LONGEST_MS);
}
