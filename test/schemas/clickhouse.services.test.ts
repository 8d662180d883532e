import { randomUUID } from 'node:crypto';
import { expect, inject, it } from 'vitest';
import { openStore } from '../../schemas/clickhouse.ts';
import { MIGRATIONS } from '../../schemas/tables.ts';

it('processes that open an empty database at once all get its tables', async () => {
  const database = `temper_opened_${randomUUID().slice(0, 8)}`;
  const stores = await Promise.all([1, 2, 3, 4].map(() => openStore(inject('endpoints').clickhouse, database)));
  const done = await stores[0]!.query<{ name: string }>('SELECT DISTINCT name FROM migrations ORDER BY name');
  expect(done.map(({ name }) => name)).toEqual(MIGRATIONS.map(({ name }) => name).sort());
  await stores[0]!.command(`DROP DATABASE ${database}`);
  await Promise.all(stores.map(store => store.stop()));
});
