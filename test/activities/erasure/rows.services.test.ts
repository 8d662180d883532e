import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { deedsOf, knewErased, noteDeeds } from '../../../activities/erasure/record.ts';
import { eraseRows, scanRows } from '../../../activities/erasure/rows.ts';
import { goneWithOthers } from '../../../activities/erasure/snapshots.ts';
import { recordRebuild } from '../../../activities/features/backfill.ts';
import { agreementSince } from '../../../activities/features/checks.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { eventRows } from '../../../streams/sinks/rows.ts';
import { testConfig } from '../../job-process.ts';

const T0 = 1_700_000_000_000;
const ERASURE = 'e'.repeat(32);
const config = testConfig(inject('endpoints'), 'temper_erase_rows');
let store: Store;
beforeAll(async () => {
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
});
afterAll(async () => {
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
});

it('what others do with a user who is erased stays theirs, and does not name the user any more', async () => {
  const about = { v: 1, at_ms: T0, session: 's' } as const;
  const events: ShopEvent[] = [
    { ...about, id: '0', type: 'click', user: 'ben', item: 'pot' },
    { ...about, id: '1', type: 'follow', user: 'ben', value: 'anna' },
    { ...about, id: '2', type: 'follow', user: 'anna', value: 'ben' },
    { ...about, id: '3', type: 'share', user: 'anna', item: 'pot', to: 'ben' },
    { ...about, id: '4', type: 'share', user: 'anna', item: 'pot', to: 'cleo' },
    { ...about, id: '5', type: 'follow', user: 'anna', value: 'ben' }, // behind the erasure
  ];
  const rows = events.flatMap((event, offset) => {
    const source = { topic: 'shop.events', partition: 0, offset, recorded: T0 + (event.id === '5' ? 9 : 0) };
    return eventRows(event).map(row => ({ ...row, ...source }));
  });
  await store.insert('events', rows);
  await store.insert('erasures_open', [{ erasure: ERASURE, user: 'ben', quoted: '"ben"', at: T0 }]);
  const erasing = { erasure: ERASURE, until_ms: T0 + 5 };
  const left = async () => (await scanRows(store, erasing)).map(({ where, count }) => [where, count]);
  expect(await left()).toEqual([
    ['ClickHouse events', 2],
    ['ClickHouse events.target', 2],
  ]);
  await eraseRows(store, erasing);
  expect(await left()).toEqual([]);
  const stayed = await store.query('SELECT id, user, item, target FROM events ORDER BY id');
  expect(stayed).toEqual([
    { id: '2', user: 'anna', item: '', target: '' },
    { id: '3', user: 'anna', item: 'pot', target: '' },
    { id: '4', user: 'anna', item: 'pot', target: 'cleo' },
    { id: '5', user: 'anna', item: '', target: 'ben' },
  ]);
  expect((await deedsOf(store, ERASURE)).rows).toEqual({ events: 2, 'events.target': 2 });
});

it('a check of features that was made before names no list any more, and tells what it told', async () => {
  const check = { feature: 'user.clicks', compared: 9, different: 1, greatest: 2, item: 'pot', logged: 1, rebuilt: 3 };
  const now_ms = Date.now(); // rows that are older than some weeks are gone at once
  const at = (until: number) => ({ ...check, until, list: `l${until - now_ms}` });
  await store.insert('feature_consistency', [at(now_ms), at(now_ms + 9)]);
  await eraseRows(store, { erasure: ERASURE, until_ms: now_ms + 5 });
  const told = await store.query<Record<'list' | 'compared' | 'different', string>>(
    'SELECT list, compared, different FROM feature_consistency ORDER BY until',
  );
  expect(told.map(({ list }) => list)).toEqual(['', 'l9']);
  expect(told.map(row => [row.compared, row.different].map(Number))).toEqual([
    [9, 1],
    [9, 1],
  ]);
  expect((await deedsOf(store, ERASURE)).rows).toMatchObject({ 'feature_consistency.list': 1 });
});

it('checks between an erasure and the rebuild behind it are not counted, and others are', async () => {
  const minute = 60_000;
  const now_ms = Math.floor(Date.now() / minute) * minute - 24 * 60 * minute;
  const features_version = 'of this test';
  const at = (minutes: number) => now_ms + minutes * minute;
  // One value of ten differs, each time in as many more checks than before.
  const check = (minutes: number) => ({ until: at(minutes), from: at(minutes - 1), features_version });
  const checked = [0, 30, 60, 90, 120, 150, 180];
  await store.insert('feature_comparisons', checked.map(check));
  const found = { feature: 'item.clicks.1d', compared: 10, greatest: 1, list: '', item: '' };
  await store.insert(
    'feature_consistency',
    checked.map((minutes, n) => ({ ...found, until: at(minutes), different: 2 ** n })),
  );
  const agreement = (from: number) => agreementSince(store, { from_ms: at(from), features_version });
  const deed = (minutes: number) => ({ erasure: ERASURE, at: at(minutes), kind: 'rows', name: 'events', count: 3 });
  await store.insert('erasure_deeds', [deed(20), deed(140), { ...deed(0), name: 'examples' }]);
  expect(await agreement(-1)).toEqual({ compared: 70, different: 127, overtaken: 0 }); // nothing was rebuilt: they count
  await recordRebuild(store, { generation: 1, began_ms: at(10), at_ms: at(70), imports: [] }); // began before
  expect(await agreement(-1)).toMatchObject({ different: 127 });
  await recordRebuild(store, { generation: 2, began_ms: at(25), at_ms: at(80), imports: [] });
  await recordRebuild(store, { generation: 3, began_ms: at(145), at_ms: at(146), imports: [] });
  // 30 and 60, and with 90 lists of scorers that had not taken it over; and 150.
  expect(await agreement(-1)).toEqual({ compared: 30, different: 1 + 16 + 64, overtaken: 4 });
  expect(await agreement(100)).toEqual({ compared: 20, different: 16 + 64, overtaken: 1 });
  expect(await agreementSince(store, { from_ms: 0, features_version: 'another' })).toMatchObject({ compared: 0 });
});

it('a snapshot that went with another erasure counts where its user had done something by then', async () => {
  const [first, second, third] = ['1', '2', '3'].map(digit => digit.repeat(32));
  const deed = (at: number, name: string) => ({ erasure: first, at, kind: 'snapshot', name, count: 1 });
  await store.insert('erasure_deeds', [deed(T0 + 1, 'early'), deed(T0 + 9, 'late')]);
  await store.insert(
    'erasure_traces',
    [T0 + 5, T0 + 12].map(at => ({ erasure: second, at, item: 'pot' })),
  );
  expect(await goneWithOthers(store, second!)).toEqual(['late']);
  expect(await goneWithOthers(store, first!)).toEqual([]); // its own were looked at
  expect(await goneWithOthers(store, third!)).toEqual([]); // who did nothing is in none
});

it('of models it is known how many users they knew who were erased since, each once', async () => {
  const note = (erasure: string, ...models: string[]) => noteDeeds(store, erasure.repeat(32), 'model', models);
  await note('1', 'home-1', 'home-2');
  await note('1', 'home-1'); // told again by another look
  await note('2', 'home-1');
  await noteDeeds(store, '3'.repeat(32), 'snapshot', ['home-3']);
  expect(await knewErased(store, ['home-1', 'home-2', 'home-3'])).toEqual([
    { model: 'home-1', users: 2 },
    { model: 'home-2', users: 1 },
  ]);
  expect(await knewErased(store, ['home-2'])).toEqual([{ model: 'home-2', users: 1 }]);
});
