import type { Store } from '../../../schemas/clickhouse.ts';
import { surely } from '../../surely.ts';

/** A row of a file, as its table takes it. */
export type Row = object & { topic: string; partition: number; offset: number; recorded: number };

/** Puts rows of one file into their table, but for those that are there: they may be put again. */
export async function putAbsent(store: Store, table: string, rows: readonly Row[]): Promise<void> {
  await surely(async () => {
    const [topic, first, last] = [rows[0]!.topic, rows[0]!.offset, rows.at(-1)!.offset];
    const found = await store.query<{ offset: string }>(
      `SELECT offset FROM ${table}
       WHERE topic = {topic:String} AND offset BETWEEN {first:UInt64} AND {last:UInt64}`,
      { topic, first, last },
    );
    const there = new Set(found.map(({ offset }) => Number(offset)));
    await store.insert(
      table,
      rows.filter(({ offset }) => !there.has(offset)),
    );
  });
}
