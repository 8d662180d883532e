import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { retainTables, tableRetention } from '../../../activities/retention/tables.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { Retention } from '../../../schemas/policies/retention.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.now();
const database = `temper_retention_${randomUUID().slice(0, 8)}`;
let store: Store;
beforeAll(async () => {
  store = await openStore(inject('endpoints').clickhouse, database);
});
afterAll(async () => {
  await store.command(`DROP DATABASE ${database}`);
  await store.stop();
});

const eventOf = (id: string, days: number, offset: number) => ({
  ...{ id, type: 'click', at: NOW_MS, user: 'anna', session: 's', item: 'i', topic: 'shop.events', partition: 1 },
  ...{ offset, recorded: NOW_MS - days * DAY_MS },
});
/** What ClickHouse does by itself in its time. */
async function merged(): Promise<void> {
  await store.command('ALTER TABLE events MATERIALIZE TTL SETTINGS mutations_sync = 2');
  await store.command('OPTIMIZE TABLE events FINAL');
}
const ids = async () => (await store.query<{ id: string }>('SELECT id FROM events ORDER BY id')).map(({ id }) => id);

it('tables keep rows as long as the policy says, and where a sink stands is known when all of them have gone', async () => {
  expect(await retainTables(store, Retention.parse({}))).toEqual([]); // as migrations make them
  await store.insert('events', [eventOf('old', 40, 6), eventOf('young', 3, 7)]);
  const policy = Retention.parse({ events: 30, features: 7.5, erasures: 1_000 });
  const told = ['events', 'user_features', 'item_features', 'erasures', 'erasure_deeds'];
  expect((await retainTables(store, policy)).sort()).toEqual(told.sort());
  expect((await tableRetention(store, policy)).filter(({ wanted, found }) => wanted !== found)).toEqual([]);
  await merged();
  expect(await ids()).toEqual(['young']);

  expect(await retainTables(store, policy)).toEqual([]);
  expect(await retainTables(store, { ...policy, events: 2 })).toEqual(['events']);
  await merged();
  expect(await ids()).toEqual([]);
  const places = await store.query(
    'SELECT partition, max(next)::UInt32 AS stands FROM sink_progress GROUP BY partition',
  );
  expect(places).toEqual([{ partition: 1, stands: 8 }]);

  expect((await retainTables(store, Retention.parse({}))).sort()).toEqual(told.sort());
  expect((await tableRetention(store, policy)).find(({ table }) => table === 'events')?.found).toBeNull();
});
