import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { putRows } from '../../../streams/import/load/put.ts';

const AT_MS = 1_700_000_000_000;

let store: Store;
beforeAll(async () => {
  store = await openStore(inject('endpoints').clickhouse, 'temper_put');
});
afterAll(() => store.stop());
beforeEach(async () => {
  for (const table of ['dead_letters', 'catalogue']) await store.command(`TRUNCATE TABLE ${table}`);
});

const place = (offset: number) => ({ topic: 'import.f', partition: 0, offset, recorded: AT_MS });
const letter = (offset: number) => ({ id: `l${offset}`, reason: 'not_json', at: AT_MS, ...place(offset) });
const product = (offset: number, title: string) => ({ item: 'cup', at: AT_MS, title, ...place(offset) });

const rawRows = async (table: string) =>
  Number((await store.query<{ n: string }>(`SELECT count() AS n FROM ${table}`))[0]!.n);

it('rows that are there are not put again by who goes on, and are by who was the first', async () => {
  const letters = [1, 2, 3].map(letter);
  await putRows(store, 'dead_letters', letters, true);
  await putRows(store, 'dead_letters', letters, true);
  expect(await rawRows('dead_letters')).toBe(3);
  await putRows(store, 'dead_letters', [4].map(letter), false);
  expect(await rawRows('dead_letters')).toBe(4);
});

it('of two rows with one key the last stays the last, whoever goes on', async () => {
  const products = [product(1, 'a cup'), product(2, 'a better cup')];
  for (let time = 0; time < 2; time++) await putRows(store, 'catalogue', products, true);
  expect(await store.query('SELECT title FROM catalogue FINAL')).toEqual([{ title: 'a better cup' }]);
});
