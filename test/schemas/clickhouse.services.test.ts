import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect, inject, it } from 'vitest';
import { openStore } from '../../schemas/clickhouse.ts';
import { MIGRATIONS } from '../../schemas/tables.ts';

// ClickHouse notes an insert before its rows are there: behind a crash, one that is made again would be taken for a copy.
it('an insert that is made again is made again: no table remembers those of before', async () => {
  const url = inject('endpoints').clickhouse;
  const first = await openStore(url, 'temper_inserts');
  await first.command('ALTER TABLE erasure_deeds MODIFY SETTING non_replicated_deduplication_window = 10000');
  await first.command("DELETE FROM migrations WHERE name LIKE '130 %'"); // as it was before that
  await first.stop();
  const store = await openStore(url, 'temper_inserts');
  const remembering = await store.query(
    `SELECT name FROM system.tables WHERE database = currentDatabase()
       AND match(engine_full, 'non_replicated_deduplication_window = [1-9]')`,
  );
  expect(remembering).toEqual([]);
  await store.command('TRUNCATE TABLE erasure_deeds');
  const deed = { erasure: 'e', at: 1_700_000_000_000, kind: 'rows', name: 'events', count: 1 };
  const json = 'INSERT INTO erasure_deeds FORMAT JSONEachRow';
  for (let time = 0; time < 2; time++) {
    await store.insert('erasure_deeds', [deed]);
    await store.load(json, Readable.from([JSON.stringify({ ...deed, count: 2 })]), {});
    await store.command("INSERT INTO erasure_deeds SELECT 'e', now64(3), 'rows', 'events', 3 FROM numbers(1)");
  }
  const counts = await store.query<{ count: string; n: string }>(
    'SELECT count, count() AS n FROM erasure_deeds GROUP BY count ORDER BY count',
  );
  expect(counts.map(({ count, n }) => [Number(count), Number(n)])).toEqual([1, 2, 3].map(count => [count, 2]));
  await store.stop();
});

it('processes that open an empty database at once all get its tables', async () => {
  const database = `temper_opened_${randomUUID().slice(0, 8)}`;
  const stores = await Promise.all([1, 2, 3, 4].map(() => openStore(inject('endpoints').clickhouse, database)));
  const done = await stores[0]!.query<{ name: string }>('SELECT DISTINCT name FROM migrations ORDER BY name');
  expect(done.map(({ name }) => name)).toEqual(MIGRATIONS.map(({ name }) => name).sort());
  await stores[0]!.command(`DROP DATABASE ${database}`);
  await Promise.all(stores.map(store => store.stop()));
});
