import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { learnSearches } from '../../../activities/searches/learn-searches.ts';
import { loggedSearches, NEWEST } from '../../../activities/searches/logged-searches.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { ShopEvent } from '../../../schemas/topics/events.ts';
import { RankedList } from '../../../schemas/topics/ranking.ts';
import type { LearnedSearches } from '../../../schemas/topics/search.ts';
import { ARCHIVES } from '../../../streams/sinks/rows.ts';
import { testConfig } from '../../job-process.ts';

const T0 = 1_700_000_000_000;
const DAY_MS = 86_400_000;

const config = testConfig(inject('endpoints'), `temper_searches_${randomUUID().slice(0, 8)}`);
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
async function archive(topic: 'shop.events' | 'rank.lists', records: readonly (ShopEvent | RankedList)[]) {
  const { table, rows } = ARCHIVES[topic] as { table: string; rows(record: object): object[] };
  const source = () => ({ topic, partition: 0, offset: offset++ });
  await store.insert(
    table,
    records.flatMap(record => rows(record).map(row => ({ ...row, ...source(), recorded: record.at_ms }))),
  );
}

function list(id: string, user: string, at_ms: number, query: string, more: Partial<RankedList> = {}): RankedList {
  const head = { v: 1, id, at_ms, user, session: `s-${user}`, surface: 'search', query, model: 'relevance' } as const;
  const spent_ms = { queue: 0, candidates: 0, features: 0, score: 0 };
  return RankedList.parse({
    ...head,
    arm: 'champion',
    features_version: 'f',
    candidates: 0,
    items: [],
    spent_ms,
    ...more,
  });
}

const event = (type: 'click' | 'search', user: string, at_ms: number, more: object) =>
  ShopEvent.parse({ v: 1, id: `${type}-${user}-${at_ms}`, type, at_ms, user, session: `s-${user}`, ...more });

it('searches are learned from by their lists, or as a shop of its own tells them, each once, of the time asked for', async () => {
  const users = Array.from({ length: 6 }, (_, n) => `u${n}`);
  const others = Array.from({ length: 30 }, (_, n) => `o${n}`);
  const understood = { text: 'red divan', filters: [], spelling: [], synonyms: [] };
  const lists = users.flatMap(user => [
    list(`a-${user}`, user, T0, 'red divan', { search: { understood, rescue: 'popular' } }),
    list(`b-${user}`, user, T0 + 60_000, 'red sofa'),
  ]);
  await archive('rank.lists', [...lists, ...lists]); // a scorer that died answers again
  await archive('rank.lists', [
    list('home', 'u0', T0, '', { surface: 'home' }),
    ...users.map(user => list(`old-${user}`, user, T0 - 90 * DAY_MS, 'forgotten wish')),
  ]);
  await archive('shop.events', [
    ...users.map(user => event('click', user, T0 + 70_000, { item: 'sofa-1', list: `b-${user}`, position: 0 })),
    ...users.map(user => event('click', user, T0 - 90 * DAY_MS, { item: 'w', list: `old-${user}`, position: 0 })),
    ...others.map(user => event('search', user, T0, { query: 'garden gnome' })),
    ...others.map(user => event('click', user, T0 + 5_000, { item: 'gnome-1', query: 'garden gnome' })),
  ]);

  const published: LearnedSearches[] = [];
  const searches = { learned: async (part: LearnedSearches) => void published.push(part) };
  const learned = await learnSearches({ store, searches }, { now_ms: T0 + 100_000, days: 60 });
  expect(learned).toEqual({ searches: 42, synonyms: 1, suggestions: 2 });
  expect(published).toMatchObject([
    { part: 'synonyms', synonyms: [{ from: 'divan', to: 'sofa', users: 6 }] },
    { part: 'suggestions', suggestions: [{ query: 'garden gnome' }, { query: 'red sofa' }] },
  ]);
  const [row] = await store.query("SELECT understood, rescue, matching FROM ranked_lists WHERE list = 'a-u0' LIMIT 1");
  expect(row).toEqual({ understood: JSON.stringify(understood), rescue: 'popular', matching: null });
});

it('completions that were asked for on the way, and lists that may teach nothing, leave no trace in what is learned', async () => {
  const at_ms = T0 + 10 * DAY_MS;
  const users = Array.from({ length: 8 }, (_, n) => `t${n}`);
  const searches = users.flatMap(user => [
    list(`ta-${user}`, user, at_ms, 'red couch'),
    ...['red s', 'red so', 'red sof'].map((typed, n) =>
      list(`tp-${user}-${n}`, user, at_ms + 20_000 + n * 500, typed, { search: { suggestions: [] } }),
    ),
    list(`tb-${user}`, user, at_ms + 30_000, 'red settee'),
  ]);
  const refused = users.map(user =>
    list(`tc-${user}`, user, at_ms + 60_000, 'secret wish', { consent: { personalisation: true, training: false } }),
  );
  const others = Array.from({ length: 30 }, (_, n) => list(`to-${n}`, `to${n}`, at_ms, 'garden gnome'));
  await archive('rank.lists', [...searches, ...refused, ...others]);
  await archive(
    'shop.events',
    users.flatMap(user => [
      event('click', user, at_ms + 40_000, { item: 'settee-1', list: `tb-${user}`, position: 0 }),
      event('click', user, at_ms + 70_000, { item: 'wish-1', list: `tc-${user}`, position: 0 }),
    ]),
  );
  const published: LearnedSearches[] = [];
  const sink = { learned: async (part: LearnedSearches) => void published.push(part) };
  const learned = await learnSearches({ store, searches: sink }, { now_ms: at_ms + DAY_MS, days: 2 });
  expect(learned.searches).toBe(46);
  expect(published).toMatchObject([
    { synonyms: [{ from: 'couch', to: 'settee' }] },
    { suggestions: [{ query: 'red settee' }] },
  ]);
  const [kept] = await store.query<{ n: string }>(
    "SELECT count() AS n FROM ranked_lists WHERE query LIKE 'red s%' AND list LIKE 'tp-%'",
  );
  expect(Number(kept!.n)).toBe(0);
});

it('events that may teach nothing are left out, with the searches that would tell something else without them', async () => {
  const at_ms = T0 + 15 * DAY_MS;
  const withheld = { consent: { training: false } };
  const click = (list: string) => ({ item: 'i', list, position: 0 });
  await archive('rank.lists', [list('ca', 'c', at_ms, 'allowed'), list('cb', 'c', at_ms + 1, 'withheld click')]);
  await archive('shop.events', [
    event('click', 'c', at_ms + 10, click('ca')),
    event('click', 'c', at_ms + 11, click('cb')),
    event('click', 'c', at_ms + 12, { ...click('cb'), ...withheld }),
    event('search', 'd', at_ms + 20, { query: 'told' }),
    event('search', 'd', at_ms + 21, { query: 'withheld search', ...withheld }),
    event('search', 'd', at_ms + 22, { query: 'told, its click withheld' }),
    event('click', 'd', at_ms + 30, { item: 'i', query: 'told' }),
    event('click', 'd', at_ms + 31, { item: 'i', query: 'told, its click withheld', ...withheld }),
  ]);
  const logged = await loggedSearches(store, { from_ms: at_ms, most: 100 });
  const own = logged.filter(({ user }) => user === 'c' || user === 'd');
  expect(own.map(({ query, clicked }) => [query, clicked])).toEqual([
    ['told', ['i']],
    ['allowed', ['i']],
  ]);
});

it('the newest searches are found from the newest hour backwards, and no more than are asked for', async () => {
  const at_ms = T0 + 20 * DAY_MS;
  await archive(
    'rank.lists',
    Array.from({ length: 5 }, (_, n) => list(`n${n}`, 'n', at_ms + n * 3_600_000, `wish ${n}`)),
  );
  await archive('shop.events', [
    event('search', 'n', at_ms + 3_600_001, { query: 'told wish' }),
    event('click', 'n', at_ms + 4 * 3_600_000 + 1, { item: 'w', list: 'n4', position: 0 }),
  ]);
  const newest = await loggedSearches(store, { from_ms: T0, most: 4 });
  expect(newest.map(({ query, clicked }) => [query, clicked])).toEqual([
    ['wish 4', ['w']],
    ['wish 3', []],
    ['wish 2', []],
    ['told wish', []],
  ]);
  const plan = await store.query(`EXPLAIN actions = 1 ${NEWEST}`, { from_ms: T0, most: 4 });
  expect(JSON.stringify(plan).match(/InReverseOrder/g)).toHaveLength(2);
});
