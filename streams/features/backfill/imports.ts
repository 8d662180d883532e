import { BEHIND } from '../../../models/features/sql/rebuild.ts';
import type { BackfillPart } from '../../../schemas/backfills.ts';
import type { Store } from '../../../schemas/clickhouse.ts';
import { DURING, planSlices } from '../../import/examples/slices.ts';
import { loadedImports } from '../../import/progress.ts';
import { RowReader } from '../../row-binary.ts';
import { surely } from '../../surely.ts';
import { ARCHIVED_COLUMNS, EVENTS_READ_AT_ONCE, someOf } from './archive.ts';
import type { Archived } from './rebuild.ts';

/**
 * The archives that a backfill takes in beside what came by itself: of all sums those that are whole by now, of some
 * features those that are in what serves, so that nothing else changes.
 */
export async function importsOf(store: Store, features: readonly string[]): Promise<string[]> {
  if (features.length === 0) return loadedImports(store);
  const last = 'SELECT imports FROM rebuilds FINAL ORDER BY generation DESC LIMIT 1';
  const [row] = await surely(() => store.query<{ imports: string[] }>(last));
  return row?.imports ?? [];
}

/**
 * The imported events of a partition's users, in the order of time. They have no place in the partition, and come before
 * all that it has. One that came by itself too is left to it.
 */
export async function* importedEvents(
  store: Store,
  { partition, position: { imports } }: Pick<BackfillPart, 'partition' | 'position'>,
  partitions: number,
): AsyncGenerator<Archived[]> {
  if (imports.length === 0) return;
  const sql = `SELECT ${ARCHIVED_COLUMNS} FROM (
      SELECT * FROM events WHERE ${DURING} AND (topic = 'shop.events' OR has({imports:Array(String)}, topic))
        AND kafkaMurmurHash(user) % {partitions:UInt16} = {partition:UInt16}
      ORDER BY topic != 'shop.events', topic, offset LIMIT 1 BY user, id)
    WHERE topic != 'shop.events' ORDER BY at, topic, offset ${BEHIND} FORMAT RowBinary`;
  for (const { from_ms, until_ms } of await planSlices(
    store,
    await lastOf(store, imports),
    EVENTS_READ_AT_ONCE * partitions,
  )) {
    const params = { imports, partition, partitions, from_ms, until_ms };
    const rows = new RowReader(await surely(() => store.bytes(sql, params)));
    while (!rows.ended) yield someOf(rows);
  }
}

async function lastOf(store: Store, imports: readonly string[]): Promise<number> {
  const sql = `SELECT toUnixTimestamp64Milli(max(at)) AS last_ms FROM events WHERE has({imports:Array(String)}, topic) ${BEHIND}`;
  const [row] = await surely(() => store.query<{ last_ms: string }>(sql, { imports }));
  return Number(row!.last_ms);
}
