import type { Store } from '../../../schemas/clickhouse.ts';
import { surely } from '../../surely.ts';

/** A row of a file, as its table takes it. */
export type Row = object & { topic: string; partition: number; offset: number; recorded: number };

/**
 * Puts rows of one file into their table, in one block. Where they may be there, the table is asked; where it has not all
 * of them, because its engine keeps one of those with one key, all are put again: the last is then the same as before.
 *
 * @param rows in the order of their offsets
 * @param mayBeThere whoever was here before may have put them; so may a try whose outcome is unknown
 */
export async function putRows(store: Store, table: string, rows: readonly Row[], mayBeThere: boolean): Promise<void> {
  await surely(async attempt => {
    if ((mayBeThere || attempt > 1) && (await areThere(store, table, rows))) return;
    await store.insert(table, rows);
  });
}

async function areThere(store: Store, table: string, rows: readonly Row[]): Promise<boolean> {
  const [{ topic, offset: first }, { offset: last }] = [rows[0]!, rows.at(-1)!];
  const found = await store.query<{ offset: string }>(
    `SELECT offset FROM ${table}
     WHERE topic = {topic:String} AND offset BETWEEN {first:UInt64} AND {last:UInt64}`,
    { topic, first, last },
  );
  const there = new Set(found.map(({ offset }) => Number(offset)));
  return rows.every(({ offset }) => there.has(offset));
}
