import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { journeysOf } from '../../../activities/snapshot/journeys.ts';
import { requireSoundJourneys } from '../../../models/next-item/journeys.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { Product, ShopEvent } from '../../../schemas/topics/events.ts';
import { ARCHIVES } from '../../../streams/sinks/rows.ts';
import { testConfig } from '../../job-process.ts';

const T0 = 1_700_000_000_000;

const config = testConfig(inject('endpoints'), `temper_journeys_${randomUUID().slice(0, 8)}`);
let store: Store;
beforeAll(async () => {
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
});
afterAll(async () => {
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
});

let offset = 0;
/** As the sink writes it. */
async function archive(topic: 'shop.events' | 'shop.catalogue', records: readonly (ShopEvent | Product)[]) {
  const { table, rows } = ARCHIVES[topic] as { table: string; rows(record: object): object[] };
  const source = () => ({ topic, partition: 0, offset: offset++ });
  await store.insert(
    table,
    records.flatMap(record => rows(record).map(row => ({ ...row, ...source(), recorded: record.at_ms }))),
  );
}

const event = (user: string, at: number, type: string, item: string, more: object = {}) =>
  ShopEvent.parse({
    v: 1,
    id: `${user}${at}${type}`,
    at_ms: T0 + at,
    user,
    session: 's',
    type,
    item,
    list: 'l',
    position: 0,
    ...more,
  });
const product = (item: string, more: object) =>
  Product.parse({ v: 1, at_ms: T0, item, title: 'Red pot', category: 'kitchen', ...more });

it('what users took before a time, and may be learned from, is read in order, with what the catalogue says of the items now', async () => {
  await archive('shop.catalogue', [
    product('b', { brand: 'Boro', attributes: { size: 'L' } }),
    product('a', { title: 'A pot' }),
    product('a', { title: 'A red lamp', category: 'lamps' }),
  ]);
  await archive('shop.events', [
    event('u2', 5, 'click', 'b'),
    event('u1', 9, 'purchase', 'b'),
    event('u1', 3, 'view', 'a'),
    event('u1', 4, 'impression', 'c'),
    event('u1', 6, 'dismiss', 'c'),
    event('u1', 7, 'cart', 'gone'),
    event('u1', 10, 'click', 'a'),
    event('u1', 8, 'click', 'a', { consent: { training: false } }),
    ShopEvent.parse({ v: 1, id: 'search', at_ms: T0 + 4, user: 'u1', session: 's', type: 'search', query: 'pot' }),
  ]);
  const heard: number[] = [];
  const journeys = await journeysOf(store, T0 + 10, rows => heard.push(rows));
  requireSoundJourneys(journeys, 'here');
  expect(journeys).toEqual({
    items: ['a', 'b', 'gone'],
    described: [
      ['category lamps', 'word a', 'word red', 'word lamp'],
      ['category kitchen', 'brand Boro', 'size l', 'word red', 'word pot'],
      [],
    ],
    user: Int32Array.of(0, 0, 0, 1),
    item: Int32Array.of(0, 2, 1, 1),
    at_ms: Float64Array.of(T0 + 3, T0 + 7, T0 + 9, T0 + 5),
  });
  expect(heard).toEqual([2, 4]);
});
