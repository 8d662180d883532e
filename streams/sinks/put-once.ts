import type { Store } from '../../schemas/clickhouse.ts';
import { surely } from '../surely.ts';
import type { Insert } from './inserts.ts';

/** Where the rows of an insert come from, and where they go. */
interface Place {
  table: string;
  topic: string;
  partition: number;
}

/**
 * Puts an insert into its table. Where nobody knows what became of a try, the table is asked before the next one. No
 * memory of inserts in ClickHouse is a help: see schemas/tables.ts.
 *
 * @param between called before each further try
 * @throws what the last try threw
 */
export async function putOnce(store: Store, insert: Insert, place: Place, between: () => Promise<void>): Promise<void> {
  const { table, topic, partition } = place;
  const name = `${table}/${topic}/${partition}/${insert.first}-${insert.last}`;
  await surely(async attempt => {
    if (attempt > 1 && (await isThere(store, insert, place))) return;
    await insert.into(store, name);
  }, between);
}

/** A table whose rows replace each other by something else than where they come from may say no: then they come twice, and one is kept. */
async function isThere(store: Store, { first, last, rows }: Insert, place: Place): Promise<boolean> {
  const { table, topic, partition } = place;
  const [found] = await store.query<{ rows: string }>(
    `SELECT count() AS rows FROM ${table}
     WHERE topic = {topic:String} AND partition = {partition:UInt16} AND offset BETWEEN {first:UInt64} AND {last:UInt64}`,
    { topic, partition, first, last },
  );
  return Number(found!.rows) >= rows;
}
