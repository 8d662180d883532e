import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { credits, earnings, exposure, type Part, shadowsOf, silentSince } from '../../../activities/trial/figures.ts';
import { measureTrial } from '../../../activities/trial/measure.ts';
import { calibrations, service } from '../../../activities/trial/service.ts';
import type { Moments } from '../../../models/evaluate/sequential/sequence.ts';
import { random } from '../../../models/random.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import type { Shadow } from '../../../schemas/models/trials.ts';
import type { Example, RankedList } from '../../../schemas/topics/ranking.ts';
import { ARCHIVES } from '../../../streams/sinks/rows.ts';

const DATABASE = `temper_figures_${process.pid}`;
/** The newest list is of now. */
const T0 = Date.now() - 600_000;
const CATEGORIES = ['shoes', 'lamps', 'tents', 'bags'];
const ITEMS = Array.from({ length: 12 }, (_, n) => ({
  item: `i${n}`,
  category: CATEGORIES[n % 4]!,
  price: n === 0 ? null : 10 * n,
}));

let store: Store;
const lists: RankedList[] = [];
const examples: Example[] = [];

/** Lists of a canary at a half, of interleaving, in random order, and of other times and trials, with what was done. */
function fill(): void {
  const { uniform, below } = random(3);
  for (let n = 0; n < 600; n++) {
    const user = `u${below(60)}`;
    const isBoth = n % 3 === 0;
    const group = isBoth ? 'both' : Number(user.slice(1)) % 2 === 0 ? 'challenger' : 'champion';
    const isLost = group === 'challenger' && n % 20 === 1;
    const experiment = {
      id: n % 50 === 7 ? 'e0' : 'e1',
      stage: isBoth ? 'interleave 50 %' : 'canary 50 %',
      group,
    } as const;
    const role = isLost ? 'fallback' : group === 'challenger' ? 'challenger' : 'champion';
    const at_ms = T0 + 1_000 * n - (n % 40 === 9 ? 7_200_000 : 0);
    const shown = Array.from({ length: 4 }, (_, place) => ITEMS[(below(3) + 3 * place) % 12]!);
    const about = {
      v: 1,
      at_ms,
      user,
      surface: 'home',
      model: 'm',
      arm: n % 10 === 4 ? 'explore' : 'champion',
      role,
      experiment,
    } as const;
    const layout = { features_version: 'f', history: [] };
    const rows = shown.map(({ item }, position) => {
      const score = 2 * uniform() - 3;
      const clicked = uniform() < 1 / (1 + Math.exp(-score));
      const team =
        isBoth && role === 'champion' ? { team: (position % 2 ? 'challenger' : 'champion') as 'challenger' } : {};
      return {
        item,
        position,
        propensity: null,
        features: [],
        ...team,
        score,
        clicked,
        purchased: clicked && uniform() < 0.3,
      };
    });
    const spent_ms = { queue: 1, candidates: 1, features: 1, score: group === 'challenger' ? 3 : 2 };
    const items = rows.map(({ clicked: _c, purchased: _p, ...row }) => ({ ...row, reason: 'test' }));
    lists.push({ ...about, ...layout, id: `l${n}`, session: 's', candidates: 4, index: {}, items, spent_ms });
    const done = rows.map(({ score: _s, ...row }) => ({ ...row, carted: false, dismissed: false }));
    examples.push({ ...about, ...layout, list: `l${n}`, version: 1, items: done });
  }
  const popular = {
    model: 'popularity-0123456789',
    role: 'champion',
    experiment: { id: 'e2', stage: 'canary 50 %', group: 'champion' },
  } as const;
  for (const list of lists.slice(0, 400)) {
    const items = list.items.map(item => ({ ...item, score: 1 / (1 + Math.exp(-item.score)) }));
    lists.push({ ...list, ...popular, id: `p${list.id}`, items });
  }
  for (const example of examples.slice(0, 400)) examples.push({ ...example, ...popular, list: `p${example.list}` });
}

beforeAll(async () => {
  fill();
  store = await openStore(inject('endpoints').clickhouse, DATABASE);
  const source = (offset: number) => ({ topic: 't', partition: 0, offset, recorded: T0 });
  const put = async (table: string, rows: object[]) => {
    await store.insert(
      table,
      rows.map((row, n) => ({ ...row, ...source(n) })),
    );
  };
  await put(
    'ranked_lists',
    lists.flatMap(list => ARCHIVES['rank.lists']!.rows(list)),
  );
  // Each example once before its clicks came, and once after: the later one counts.
  const early = examples.map(example => ({
    ...example,
    version: 0,
    items: example.items.map(item => ({ ...item, clicked: false })),
  }));
  await put(
    'examples',
    [...early, ...examples].flatMap(example => ARCHIVES['rank.examples']!.rows(example)),
  );
  await put(
    'catalogue',
    ITEMS.map(item => ({ ...item, at: T0, title: item.item, available: true, withdrawn: false })),
  );
  const shadow = (n: number): Shadow => ({
    ...{ v: 1, list: `s${n}`, at_ms: T0 + 2_000 * n, user: 'u', surface: 'home', role: 'shadow', experiment: 'e1' },
    ...{ model: 'young', champion: 'old', candidates: 200, kendall: n % 10 === 0 ? null : 0.5, overlap: 0.8 },
    ...{ score_ms: 1 + n / 100, champion_ms: 1, failed: n % 10 === 0 },
  });
  await put('shadows', Array.from({ length: 300 }, (_, n) => ARCHIVES['rank.shadows']!.rows(shadow(n))).flat());
});
afterAll(async () => {
  await store?.command(`DROP DATABASE ${DATABASE}`);
  await store?.stop();
});

const canary: Part = { surface: 'home', experiment: 'e1', stage: 'canary 50 %', since_ms: T0 - 60_000 };
const both: Part = { ...canary, stage: 'interleave 50 %' };

const counted =
  ({ stage }: Part) =>
  (list: { experiment?: { id: string; stage: string } | undefined; arm: string; at_ms: number }) =>
    list.experiment?.id === 'e1' &&
    list.experiment.stage === stage &&
    list.arm !== 'explore' &&
    list.at_ms >= canary.since_ms;

const worth = (item: string) => ITEMS.find(each => each.item === item)!.price ?? 1;

/** The same sums, user by user. */
function moments(of: readonly Example[], gain: (item: Example['items'][number]) => number): Moments {
  const users = new Map<string, { n: number; y: number }>();
  for (const { user, items } of of) {
    const { n, y } = users.get(user) ?? { n: 0, y: 0 };
    users.set(user, { n: n + 1, y: y + items.reduce((sum, item) => sum + gain(item), 0) });
  }
  const sum = (each: (n: number, y: number) => number) =>
    [...users.values()].reduce((all, { n, y }) => all + each(n, y), 0);
  return {
    users: users.size,
    lists: sum(n => n),
    sum: sum((_, y) => y),
    lists2: sum(n => n * n),
    cross: sum((n, y) => n * y),
    sum2: sum((_, y) => y * y),
  };
}

it('what groups earned is the sum over their users, by whom their lists were meant', async () => {
  const earned = await earnings(store, canary);
  for (const group of ['champion', 'challenger'] as const) {
    const mine = examples.filter(counted(canary)).filter(({ experiment }) => experiment!.group === group);
    expect(mine.length).toBeGreaterThan(100);
    expect(earned[group].clicks).toEqual(moments(mine, ({ clicked }) => Number(clicked)));
    expect(earned[group].value).toEqual(moments(mine, ({ purchased, item }) => Number(purchased) * worth(item)));
  }
});

it('what teams earned is credited item by item', async () => {
  const earned = await credits(store, both);
  const mine = examples.filter(counted(both));
  const credit = (team: string, other: string) => (item: Example['items'][number]) =>
    Number(item.clicked) * (Number(item.team === team) - Number(item.team === other));
  expect(earned.interleaved!.clicks).toEqual(moments(mine, credit('challenger', 'champion')));
  expect(earned.champion.clicks).toEqual(moments(mine, credit('champion', '')));
  expect(earned.challenger.clicks).toEqual(moments(mine, credit('challenger', '')));
});

it('failures, times and kinds of products are of the lists of a group', async () => {
  const served = await service(store, canary);
  const mine = lists.filter(counted(canary)).filter(({ experiment }) => experiment!.group === 'challenger');
  expect(served.challenger.served).toBe(mine.length);
  expect(served.challenger.failed).toBe(mine.filter(({ role }) => role === 'fallback').length);
  expect(served.challenger.failed).toBeGreaterThan(3);
  expect(served.challenger.score_ms).toBe(3);
  expect(served.champion).toMatchObject({ failed: 0, score_ms: 2 });
  const kinds = mine.map(({ items }) => new Set(items.map(({ item }) => Number(item.slice(1)) % 4)).size);
  expect(served.challenger.categories).toBeCloseTo(kinds.reduce((sum, n) => sum + n, 0) / kinds.length, 9);
});

it('scores that are logits of the clicks are calibrated', async () => {
  const { champion, challenger } = await calibrations(store, canary);
  expect(champion).toBeGreaterThan(0);
  expect(champion).toBeLessThan(0.06);
  expect(challenger).toBeLessThan(0.06);
});

it('scores of the popularity model are rates as they are', async () => {
  const { champion, challenger } = await calibrations(store, { ...canary, experiment: 'e2' });
  expect(champion).toBeGreaterThan(0);
  expect(champion).toBeLessThan(0.06);
  expect(challenger).toBeNull();
});

it('tables without a row for some minutes are named, where the stage lasts longer', async () => {
  const after = (minutes: number, isShadow: boolean, since_ms = canary.since_ms) =>
    silentSince(
      store,
      { ...canary, since_ms },
      { isShadow, label_ms: 60_000, now_ms: T0 + 600_000 + 60_000 * minutes },
    );
  expect(await after(4, false)).toEqual([]);
  expect(await after(5.5, false)).toEqual(['ranked_lists']);
  expect(await after(6.5, false)).toEqual(['ranked_lists', 'examples']);
  expect(await after(6.5, true)).toEqual(['ranked_lists', 'shadows']);
  expect(await after(6.5, false, T0 + 700_000)).toEqual([]);
});

it('who had a list by the challenger is counted over all stages', async () => {
  const mine = lists.filter(
    ({ experiment, role }) => experiment!.id === 'e1' && experiment!.group !== 'champion' && role !== 'fallback',
  );
  expect(await exposure(store, canary)).toEqual({
    users: new Set(mine.map(({ user }) => user)).size,
    lists: mine.length,
  });
});

it('a shadow is known by its agreement, its time and its failures', async () => {
  const shadow = await shadowsOf(store, { experiment: 'e1', since_ms: T0 });
  expect(shadow).toMatchObject({ lists: 300, kendall: 0.5, challenger: { failed: 30 } });
  expect(shadow.overlap).toBeCloseTo(0.8, 5);
  expect(shadow.p99_ms).toBeGreaterThan(3.9);
});

it('a look judges all of it, and ends the trial where another champion has come', async () => {
  const config = { labelWindow_ms: 60_000 };
  const ports = { config, store, champions: { of: async () => ({ model: 'old' }) } } as never;
  const request = {
    ...canary,
    champion: 'old',
    stage: { kind: 'canary', share: 0.5 },
    stages: 2,
    scales: null,
  } as const;
  const look = await measureTrial(ports, request);
  expect(look).toMatchObject({ decision: 'stop', reason: expect.stringMatching(/^\d+ of \d+ lists failed/) });
  expect(look.lists.champion).toBeGreaterThan(100);
  const other = await measureTrial(ports, { ...request, champion: 'older' });
  expect(other).toMatchObject({ decision: 'stop', reason: expect.stringMatching(/^old is champion now/) });
  const shadow = await measureTrial(ports, { ...request, stage: { kind: 'shadow' }, since_ms: T0 });
  expect(shadow).toMatchObject({ decision: 'stop', shadow: { lists: 300 }, exposed: { users: 0 } });
  await expect(measureTrial(ports, { ...request, surface: 'search' })).rejects.toThrow(
    /^DATA_INSUFFICIENT: .*; at ranked_lists and examples; expected rows of search within 5 minutes/,
  );
});
