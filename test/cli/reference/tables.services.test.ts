import { randomUUID } from 'node:crypto';
import { expect, inject, it } from 'vitest';
import { tablesOf } from '../../../cli/reference/tables.ts';
import { openStore } from '../../../schemas/clickhouse.ts';

it('the reference has every table and column that ClickHouse has, and no other', async () => {
  const database = `temper_reference_${randomUUID().slice(0, 8)}`;
  const store = await openStore(inject('endpoints').clickhouse, database);
  const rows = await store.query<{ table: string; name: string; type: string }>(
    "SELECT table, name, type FROM system.columns WHERE database = {database: String} AND table != 'migrations'",
    { database },
  );
  const sorted = (columns: readonly { table: string; name: string }[]) =>
    columns.map(({ table, name }) => `${table}.${name}`).sort();
  const declared = [...tablesOf()].flatMap(([table, columns]) => columns.map(({ name }) => ({ table, name })));
  expect(sorted(declared)).toEqual(sorted(rows));
  await store.command(`DROP DATABASE ${database}`);
  await store.stop();
});
