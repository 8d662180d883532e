import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { RankedList } from '../../../schemas/topics/ranking.ts';
import { ARCHIVES } from '../../../streams/sinks/rows.ts';
import { testConfig } from '../../job-process.ts';
import { ad } from '../ads/records.ts';

const { rows } = ARCHIVES['rank.lists']!;
const place = { topic: 'rank.lists', partition: 0, recorded: 1_700_000_000_000 };
const item = { position: 0, score: 1.5, propensity: 0.1, reason: 'together', features: [1, 2] };
const before = {
  ...{ v: 1, at_ms: 1_700_000_000_000, user: 'u', session: 's', surface: 'home', model: 'm', arm: 'explore' },
  ...{ features_version: 'f', candidates: 2, spent_ms: { queue: 1, candidates: 1, features: 1, score: 1 } },
};

let store: Store;
beforeAll(async () => {
  const config = testConfig(inject('endpoints'), 'temper_archived_lists');
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
});
afterAll(() => store?.stop());

it('a list is archived with its policy, its slate and its vectors; one from before with what it has', async () => {
  const now = {
    query: 'red pot',
    applied: { user: 7, items: { '1': [7, 9] }, catalogue: [3, 0] },
    ...{ removed: { bought: 2 }, slate_propensity: 0.05, history: ['x', 'y'], index: { text: 'made@1' } },
    items: [
      { ...item, item: 'a', policy: 'pinned', ad: { ...ad, click_rate: 0.125 } },
      { ...item, item: 'b', position: 1 },
    ],
  };
  const lists = [
    { ...before, id: 'new', ...now },
    { ...before, id: 'old', items: [{ ...item, item: 'a' }] },
  ].map(list => RankedList.parse(list));
  await store.insert(
    'ranked_lists',
    lists.flatMap((list, offset) => rows(list).map(row => ({ ...row, ...place, offset }))),
  );
  const stored = await store.query<object>(
    `SELECT list, items, reasons, policies, removed, slate_propensity, history, index, query, applied_user,
     applied_items, applied_catalogue, prices, click_rates FROM ranked_lists ORDER BY list SETTINGS output_format_json_quote_64bit_integers = 0`,
  );
  const same = { removed: { bought: 2 }, slate_propensity: 0.05, history: ['x', 'y'], index: { text: 'made@1' } };
  const [a, b] = [
    {
      list: 'new',
      items: ['a', 'b'],
      reasons: ['together', 'together'],
      policies: ['pinned', ''],
      ...same,
      query: 'red pot',
    },
    { list: 'old', items: ['a'], reasons: ['together'], policies: [''], removed: {}, slate_propensity: null },
  ];
  expect(stored).toMatchObject([
    {
      ...a,
      ...{ prices: [ad.price_micros, null], click_rates: [0.125, 0] },
      applied_user: 7,
      applied_items: { '1': [7, 9] },
      applied_catalogue: [3, 0],
    },
    {
      ...b,
      ...{ prices: [null], click_rates: [] },
      query: '',
      applied_user: 0,
      applied_items: {},
      applied_catalogue: [],
    },
  ]);
});
