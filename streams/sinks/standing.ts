import type { Store } from '../../schemas/clickhouse.ts';
import type { TopicName } from '../graph.ts';
import { ARCHIVES, type Archive } from './rows.ts';

export function archiveOf(topic: string): Archive<unknown> {
  const archive = ARCHIVES[topic as TopicName] as Archive<unknown> | undefined;
  if (!archive) throw new Error(`no archive is declared for ${topic}: add it to streams/sinks/rows.ts`);
  return archive;
}

/** The greatest offset that ClickHouse knows of, plus one; nothing where it has never seen the partition. */
export async function standing(store: Store, topic: string, partition: number): Promise<number | undefined> {
  const [row] = await store.query<{ next: string | null }>(
    `SELECT nullIf(greatest(
       (SELECT max(next) FROM sink_progress WHERE topic = {topic:String} AND partition = {partition:UInt16}),
       (SELECT if(count() = 0, 0, max(offset) + 1) FROM ${archiveOf(topic).table} WHERE topic = {topic:String} AND partition = {partition:UInt16})
     ), 0) AS next`,
    { topic, partition },
  );
  return row?.next ? Number(row.next) : undefined;
}

/** Tells of an offset that no row tells of: everything before it is archived, was refused, or is given up. */
export async function stand(store: Store, topic: string, partition: number, next: number): Promise<void> {
  await store.insert('sink_progress', [{ topic, partition, next, at: Date.now() }]);
}
