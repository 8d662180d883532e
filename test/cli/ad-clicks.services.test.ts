import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { adClicksIn, adFactorIn } from '../../activities/watch/ads.ts';
import { printAdClicks } from '../../cli/ad-clicks.ts';
import { openStore, type Store } from '../../schemas/clickhouse.ts';
import { testConfig } from '../job-process.ts';

const config = testConfig(inject('endpoints'), 'temper_ad_clicks');
let store: Store;
beforeAll(async () => {
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
});
afterAll(async () => {
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
});

const RATE = 0.2;
const LOGIT = Math.log(RATE / (1 - RATE));
const ROWS = { features_version: 'any', topic: 'test', partition: 0, recorded: Date.now() };

/** A list of two ads as it was sold, and what was seen and clicked of it. */
function list(
  number: number,
  clicked: readonly boolean[],
  more: { surface?: string; arm?: string; model?: string; click_rates?: number[] } = {},
) {
  const of = { list: `l${number}`, at: Date.now() - 60_000, user: `u${number % 50}`, surface: 'ads', arm: 'champion' };
  const { click_rates = [], ...other } = more;
  const named = { ...of, model: 'mlp-1', ...ROWS, ...other };
  const scores = named.model.startsWith('popularity') ? [RATE, RATE] : [LOGIT, LOGIT];
  return {
    sold: { ...named, session: 's', candidates: 2, items: ['tea', 'cup'], scores, click_rates, offset: number },
    seen: clicked.map((each, position) => {
      const item = ['tea', 'cup'][position]!;
      return { ...named, position, item, features: [], version: 1, clicked: each, offset: 10 * number + position };
    }),
  };
}

it('compares what was clicked on ads with what auctions counted on, at their places', async () => {
  const lately = { from_ms: Date.now() - 3_600_000, until_ms: Date.now() };
  expect(await adClicksIn(store, lately)).toBeNull();
  await expect(printAdClicks(config, { hours: 1 })).rejects.toThrow(/DATA_INSUFFICIENT.*--hours/);
  const lists = [
    // Half of the tops are clicked, and a tenth of the places below.
    ...Array.from({ length: 200 }, (_, n) => list(n, [n % 2 === 0, n % 10 === 0])),
    ...Array.from({ length: 20 }, (_, n) => list(1_000 + n, [true], { arm: 'explore' })),
    ...Array.from({ length: 30 }, (_, n) => list(2_000 + n, [true, true], { model: 'popularity-9' })),
    // Not sold by a ranker's rates, or not ads at all; the top of home is its usual place.
    ...Array.from({ length: 40 }, (_, n) => list(3_000 + n, [true, true], { arm: 'control' })),
    ...Array.from({ length: 40 }, (_, n) => list(4_000 + n, [true], { surface: 'home' })),
  ];
  await store.insert(
    'ranked_lists',
    lists.map(({ sold }) => sold),
  );
  // A later version of a row counts in its place.
  const amended = { ...lists[1]!.seen[0]!, clicked: true, version: 2 };
  await store.insert('examples', [...lists.flatMap(({ seen }) => seen), amended]);

  const found = (await adClicksIn(store, { ...lately, model: 'mlp-1' }))!;
  expect(found).toMatchObject({ lists: 220, usual_look: 1 });
  expect(found.all).toMatchObject({ rows: 420, clicks: 101 + 20 + 20 });
  expect(found.all.expected).toBeCloseTo(220 * RATE + 200 * RATE * Math.SQRT1_2, 3);
  expect(found.explored!.all).toMatchObject({ rows: 20, clicks: 20 });
  expect(found.explored!.all.expected).toBeCloseTo(20 * RATE, 3);
  expect(found.places.map(({ position, rows, clicks }) => [position, rows, clicks])).toEqual([
    [0, 220, 121],
    [1, 200, 20],
  ]);
  expect(await adClicksIn(store, { from_ms: 0, until_ms: lately.from_ms })).toBeNull();
  const all = (await adClicksIn(store, lately))!;
  expect(all.lists).toBe(250);
  expect(all.all.expected - found.all.expected).toBeCloseTo(30 * RATE * (1 + Math.SQRT1_2), 3);

  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await printAdClicks(config, { hours: 1, model: 'mlp-1' });
  await printAdClicks(config, { hours: 1, model: 'mlp-1', json: true });
  const [people, machine] = write.mock.calls.map(([text]) => String(text));
  write.mockRestore();
  expect(people).toMatch(/\nplace 1 +200 +20 +28\.3 +0\.1414 +0\.71 /);
  expect(JSON.parse(machine!)).toMatchObject({ hours: 1, model: 'mlp-1', lists: 220, all: { clicks: 141 } });
});

it('what a model promised is held apart from what auctions took, and is what its factor is learned from', async () => {
  const sold = { model: 'mlp-2', click_rates: [RATE / 4, RATE / 4] };
  const lists = Array.from({ length: 400 }, (_, n) => list(5_000 + n, [n % 20 === 0, n % 40 === 0], sold));
  await store.insert(
    'ranked_lists',
    lists.map(({ sold }) => sold),
  );
  await store.insert(
    'examples',
    lists.flatMap(({ seen }) => seen),
  );
  const lately = { from_ms: Date.now() - 3_600_000, until_ms: Date.now(), model: 'mlp-2' };
  const found = (await adClicksIn(store, lately))!;
  expect(found.said.expected / found.all.expected).toBeCloseTo(4, 4);
  expect(found.said.clicks).toBe(found.all.clicks);
  const factor = (await adFactorIn(store, lately, { lists: 200, users: 50 }))!;
  expect(factor.says).toBe('used');
  expect(factor.factor).toBeCloseTo((30 + 20) / (400 * RATE * (1 + Math.SQRT1_2) + 20), 4);
  expect(await adFactorIn(store, { ...lately, model: 'nobody' }, { lists: 200, users: 50 })).toBeNull();
});
