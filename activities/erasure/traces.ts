import { createHash } from 'node:crypto';
import type { Dataset } from '../../models/ranker/dataset/dataset.ts';
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

/** What was noted: by item at which times. */
export interface Traces {
  of: ReadonlyMap<string, ReadonlySet<number>>;
  /** Other traces have another one. */
  hash: string;
}

export async function tracesOf(store: RowStore, erasure: string): Promise<Traces> {
  const of = new Map<string, Set<number>>();
  const hash = createHash('sha256');
  const rows = store.stream<{ at_ms: string; item: string }>(
    'SELECT DISTINCT toUnixTimestamp64Milli(at) AS at_ms, item FROM erasure_traces WHERE erasure = {erasure:String} ORDER BY at, item',
    { erasure },
  );
  for await (const some of rows) {
    for (const { at_ms, item } of some) {
      const times = of.get(item) ?? new Set();
      of.set(item, times.add(Number(at_ms)));
      hash.update(`${at_ms} ${item}\n`);
    }
  }
  return { of, hash: hash.digest('hex') };
}

/** Whether a snapshot has something that the user did; somebody else's deed on the same item in the same millisecond looks alike. */
export function isIn({ of }: Traces, { items, item, at_ms, journeys }: Dataset): boolean {
  const isOne = (rows: { items: readonly string[]; item: Int32Array; at_ms: Float64Array }) => {
    const times = rows.items.map(name => of.get(name));
    return rows.at_ms.some((at, row) => times[rows.item[row]!]?.has(at) ?? false);
  };
  return of.size > 0 && (isOne({ items, item, at_ms }) || (journeys !== undefined && isOne(journeys)));
}
