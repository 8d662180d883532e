/** Whatever a text is, to ClickHouse it is a value: as a row, as a parameter, in a list of parameters, and as who is erased. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { eraseRows } from '../../activities/erasure/rows.ts';
import { archivedList } from '../../activities/explain/archived-list.ts';
import { opened } from '../../cli/privacy/erase.ts';
import { openStore, type Store } from '../../schemas/clickhouse.ts';
import { ShopEvent } from '../../schemas/topics/events.ts';
import { RankedList } from '../../schemas/topics/ranking.ts';
import { ARCHIVES } from '../../streams/sinks/rows.ts';
import { Orders } from '../../streams/support/orders.ts';
import { testConfig } from '../job-process.ts';

const T0 = 1_700_000_000_000;
const TEXTS = [
  "x' OR '1' = '1",
  "x'; DROP TABLE events; --",
  "x\\' OR 1 = 1 --",
  'x\\',
  'x\\n',
  'x\n',
  'x\t',
  'x\u0000',
  '"x"',
  '`x`',
  '{user:String}',
  "['x','y']",
  '\\N',
  'NULL',
  '%',
  'x/* */',
  '茶 🫖',
];

const config = testConfig(inject('endpoints'), `temper_hostile_${randomUUID().slice(0, 8)}`);
let store: Store;
beforeAll(async () => {
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
  const spent_ms = { queue: 0, candidates: 0, features: 0, score: 0 };
  const from = (topic: string, offset: number) => ({ topic, partition: 0, offset, recorded: T0 });
  const events = TEXTS.flatMap((text, offset) => {
    const about = { v: 1, id: text, at_ms: T0, user: text, session: text, item: text };
    const rows = ARCHIVES['shop.events']!.rows(ShopEvent.parse({ ...about, type: 'purchase', value: 1 }));
    return rows.map(row => ({ ...row, ...from('shop.events', offset) }));
  });
  const lists = TEXTS.flatMap((text, offset) => {
    const about = { v: 1, id: text, at_ms: T0, user: text, session: text, surface: 'home', query: text, model: text };
    const made = { arm: 'champion', features_version: text, candidates: 0, items: [], spent_ms };
    const rows = ARCHIVES['rank.lists']!.rows(RankedList.parse({ ...about, ...made }));
    return rows.map(row => ({ ...row, ...from('rank.lists', offset) }));
  });
  await store.insert('events', events);
  await store.insert('ranked_lists', lists);
});
afterAll(async () => {
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
});

it.each(TEXTS)('%j as a user and as a list is that one, and nobody else', async text => {
  expect((await new Orders(store).of(text)).map(({ id, item }) => [id, item])).toEqual([[text, text]]);
  const { list, user, query } = await archivedList(store, { list: text });
  expect([list, user, query]).toEqual([text, text, text]);
});

it('each of them is there in a list of parameters', async () => {
  const rows = await store.query<{ item: string }>(
    'SELECT item FROM events WHERE item IN {items:Array(String)} ORDER BY offset',
    { items: TEXTS },
  );
  expect(rows.map(({ item }) => item)).toEqual(TEXTS);
});

it('who is called so is erased, and nobody else', async () => {
  const left = [...TEXTS];
  const users = async () =>
    (await store.query<{ user: string }>('SELECT user FROM events ORDER BY offset')).map(({ user }) => user);
  for (const [n, text] of [...TEXTS.entries()].slice(0, 4)) {
    const erasure = n.toString(16).padStart(32, '0');
    await opened(store, erasure, [text], () => eraseRows(store, { erasure, until_ms: T0 + 1 }));
    left.shift();
    expect(await users()).toEqual(left);
  }
});
