import { setTimeout as sleep } from 'node:timers/promises';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { TemperError } from '../../schemas/errors.ts';

const LOOK_MS = 250;

/**
 * Deletes rows for good: ClickHouse writes the parts anew that have any, which may take as long as it likes. One that an
 * earlier attempt has asked for is waited for, and not asked for again.
 *
 * @param erasure stands in `where`, by which the work is known
 */
export async function deleteRows(store: RowStore, table: string, where: string, erasure: string): Promise<void> {
  await rewrite(store, table, `DELETE WHERE ${where}`, erasure);
}

/** Empties a column of texts of some rows for good, in the same way. */
export async function emptyColumn(
  store: RowStore,
  table: string,
  column: string,
  where: string,
  erasure: string,
): Promise<void> {
  await rewrite(store, table, `UPDATE ${column} = '' WHERE ${where}`, erasure);
}

async function rewrite(store: RowStore, table: string, change: string, erasure: string): Promise<void> {
  const verb = change.split(' ')[0]!; // another one for the same erasure is not waited for in its place
  if ((await underway(store, table, verb, erasure)) === 0) await store.command(`ALTER TABLE ${table} ${change}`);
  while ((await underway(store, table, verb, erasure)) > 0) await sleep(LOOK_MS);
}

/** @throws SERVICE_FAILED where ClickHouse says why it cannot go on */
async function underway(store: RowStore, table: string, verb: string, erasure: string): Promise<number> {
  const mutations = await store.query<{ latest_fail_reason: string }>(
    `SELECT latest_fail_reason FROM system.mutations
     WHERE database = currentDatabase() AND table = {table:String} AND NOT is_done
       AND position(command, {verb:String}) > 0 AND position(command, {erasure:String}) > 0`,
    { table, verb, erasure },
  );
  const failed = mutations.find(({ latest_fail_reason }) => latest_fail_reason !== '');
  if (!failed) return mutations.length;
  throw new TemperError('SERVICE_FAILED', {
    where: `the ${verb} of rows of ${table} in ClickHouse`,
    got: failed.latest_fail_reason,
    next: '`SELECT * FROM system.mutations WHERE NOT is_done` says more; it is tried again',
  });
}
