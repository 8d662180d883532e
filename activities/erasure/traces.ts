import type { Dataset } from '../../models/ranker/dataset.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import type { Erasing } from '../../schemas/erasures.ts';
import { usersOf } from './subject.ts';

/*
 * Snapshots of examples number their users, so nobody's id stands there. What the user did does: a row is known by its
 * time and its item. These traces are noted before the rows that have them are deleted, and go with the end.
 */

/** Notes the time and item of each of the user's examples and events. */
export async function noteTraces(store: RowStore, { erasure, until_ms }: Erasing): Promise<void> {
  for (const table of ['examples', 'events']) {
    await store.command(
      `INSERT INTO erasure_traces (erasure, at, item)
       SELECT DISTINCT '${erasure}', at, item FROM ${table}
       WHERE user IN ${usersOf(erasure)} AND item != '' AND recorded <= fromUnixTimestamp64Milli(toInt64(${until_ms}))`,
    );
  }
}

/** What was noted, as `isIn` asks for it. */
export async function tracesOf(store: RowStore, erasure: string): Promise<Set<string>> {
  const traces = new Set<string>();
  const rows = store.stream<{ at_ms: string; item: string }>(
    'SELECT DISTINCT toUnixTimestamp64Milli(at) AS at_ms, item FROM erasure_traces WHERE erasure = {erasure:String}',
    { erasure },
  );
  for await (const some of rows) for (const { at_ms, item } of some) traces.add(trace(Number(at_ms), item));
  return traces;
}

/** Whether a snapshot has something that the user did; somebody else's deed on the same item in the same millisecond looks alike. */
export function isIn(traces: ReadonlySet<string>, { items, item, at_ms, journeys }: Dataset): boolean {
  const isOne = (of: { items: readonly string[]; item: Int32Array; at_ms: Float64Array }) =>
    of.at_ms.some((at, row) => traces.has(trace(at, of.items[of.item[row]!]!)));
  return traces.size > 0 && (isOne({ items, item, at_ms }) || (journeys !== undefined && isOne(journeys)));
}

const trace = (at_ms: number, item: string) => `${at_ms}/${item}`;
