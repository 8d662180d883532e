import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { register } from '../../../activities/register-ranker.ts';
import { calibrationIn, trafficIn } from '../../../activities/watch/clicks.ts';
import { type LookAtChampion, lookAtChampion, type WatchLook } from '../../../activities/watch/look.ts';
import { recordDeed } from '../../../activities/watch/record.ts';
import { referenceOf } from '../../../activities/watch/reference.ts';
import { spreadsIn, tenthsIn } from '../../../activities/watch/spreads.ts';
import { looksOf, looksSaid } from '../../../cli/watch/looks.ts';
import { POPULARITY_FEATURE } from '../../../models/features/aggregates/defaults.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../../models/features/vector.ts';
import { popularityModel } from '../../../models/ranker/popularity.ts';
import { openModel } from '../../../models/registry/registry.ts';
import { modelsIn } from '../../../models/registry/store/place.ts';
import { groupOf, SIDES } from '../../../models/watch/measures/rates.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import type { LearnedForAds } from '../../../schemas/topics/ads.ts';
import { cellsOf, spreadOf } from '../../sim/watched.ts';
import { type TestPorts, testPorts } from '../ports.ts';
import {
  HOUR_MS,
  insertExamples,
  insertLists,
  MINUTE_MS,
  MOVED,
  NOW_MS,
  PROMOTED_MS,
  type Row,
  rows,
} from './lists.ts';

const POLICY = {
  ...{ reference: { hours: 1 }, window: { hours: 1 }, sustained_hours: 0, least: { lists: 100, users: 20 } },
  retrain: { lists: 500, wait_hours: 0 },
};
const database = `temper_watch_${crypto.randomUUID().replaceAll('-', '')}`;

let store: Store;
let ports: TestPorts;
let clear: () => Promise<void>;
let model: string;
let manifest: string;
const learned: LearnedForAds[] = [];
let all: Row[];

beforeAll(async () => {
  store = await openStore(inject('endpoints').clickhouse, database);
  ({ ports, clear } = await testPorts<Store>(store, {
    purchaseWindow_ms: 60_000,
    labelWindow_ms: 30_000,
    watchEvery_ms: 900_000,
  }));
  ports.ads = { learned: async part => void learned.push(part) };
  const graph = popularityModel(FEATURE_NAMES, POPULARITY_FEATURE);
  const registered = await register(
    ports,
    'home',
    { model: graph },
    {
      ...{ kind: 'mlp', created_ms: PROMOTED_MS, features: [...FEATURE_NAMES], features_version: FEATURES_VERSION },
      ...{ lineage: { snapshot: null, parent: null, seed: 1, provider: 'cpu' }, training: null, verdict: null },
    },
  );
  ({ model, manifest } = registered);
  const promotion = {
    v: 1,
    surface: 'home',
    ...registered,
    previous: 'before',
    at_ms: PROMOTED_MS,
    reason: 'a test',
  } as const;
  await ports.champions.promote(promotion);
  all = rows(model);
  await insertLists(store, all);
  await insertExamples(store, all);
  const ads = all.filter(({ arm }) => arm === 'champion');
  await insertLists(store, ads, { surface: 'ads' });
  await insertExamples(store, ads, { surface: 'ads' });
});
afterAll(async () => {
  await store?.command(`DROP DATABASE ${database}`);
  await store?.stop();
  await clear?.();
});

const within = (from_ms: number, until_ms: number) => ({ surface: 'home' as const, model, from_ms, until_ms });
const own = (from_ms: number, until_ms: number) =>
  all.filter(({ arm, at, model: by }) => arm === 'champion' && by === model && at >= from_ms && at < until_ms);

describe('what a look reads', () => {
  it('is how features are spread, user by user', async () => {
    const span = within(PROMOTED_MS, PROMOTED_MS + HOUR_MS);
    const tenths = await tenthsIn(store, span);
    expect(tenths).toHaveLength(FEATURE_NAMES.length + 1);
    const values = own(span.from_ms, span.until_ms).flatMap(({ features }) => features.map(row => row[MOVED]!));
    expect(tenths[MOVED]![4]).toBeCloseTo(values.sort((a, b) => a - b)[Math.ceil(values.length / 2) - 1]!, 5);
    const spreads = await spreadsIn(
      store,
      span,
      tenths.map(() => [0.5]),
    );
    const users = new Map<string, [number, number]>();
    for (const { user, features } of own(span.from_ms, span.until_ms)) {
      const [low, high] = users.get(user) ?? [0, 0];
      const above = features.filter(row => row[MOVED]! > 0.5).length;
      users.set(user, [low + features.length - above, high + above]);
    }
    expect(spreads[MOVED]).toEqual(spreadOf([...users.values()]));
  });

  it("is what lists of two windows brought, user by user, with those that fell back, beside who gets no model; late ones are nobody's", async () => {
    const middle_ms = PROMOTED_MS + HOUR_MS;
    const windows = { before: within(PROMOTED_MS, middle_ms), after: within(middle_ms, NOW_MS) };
    const users = new Map<string, number[]>();
    const sides = { champion: 'own', fallback: 'own', control: 'control', explore: 'random' } as const;
    for (const { user, arm, at, features_version, clicked } of all) {
      if (at < PROMOTED_MS || features_version === 'none') continue;
      const own = users.get(user) ?? new Array<number>(12).fill(0);
      users.set(user, own);
      const place = 2 * (SIDES.indexOf(sides[arm as keyof typeof sides]) + (at < middle_ms ? 0 : SIDES.length));
      own[place]! += 1;
      own[place + 1]! += clicked.filter(Boolean).length;
    }
    const traffic = await trafficIn(store, windows);
    expect(traffic).toEqual(cellsOf(users.values(), 6));
    expect(groupOf(traffic, 'after', 'control').users).toBe(25);
    const nobody = await trafficIn(store, { ...windows, before: within(0, 1), after: within(1, 2) });
    expect(nobody).toEqual(cellsOf([], 6));
  });

  it('is what was predicted and what came', async () => {
    const { clicks, lists, bins } = await calibrationIn(store, within(PROMOTED_MS, NOW_MS));
    const mine = own(PROMOTED_MS, NOW_MS);
    const rates = mine.flatMap(({ scores }) => scores).map(score => 1 / (1 + Math.exp(-score)));
    const expected = rates.reduce((sum, rate) => sum + rate, 0);
    const spread = Math.sqrt(rates.reduce((sum, rate) => sum + rate * (1 - rate), 0));
    expect(lists).toBe(mine.length);
    expect(clicks.lists).toBeCloseTo(expected, 1);
    expect(Math.abs(clicks.sum - expected)).toBeLessThan(3 * spread);
    expect(bins.reduce((sum, bin) => sum + bin.clicks, 0)).toBe(clicks.sum);
  });
});

describe('a look at a champion', () => {
  const look = async (at_ms: number, more: Partial<LookAtChampion> = {}) =>
    (await lookAtChampion(ports, { surface: 'home', at_ms, workflow: 'w/r', isDry: false, ...more }))!;
  const stateOf = ({ signals }: WatchLook, name: string) => signals.find(({ signal }) => signal === name);

  const declare = async (policy: object) => {
    ports.config.watchPolicy = `${ports.config.dataDir}/watch.json`;
    await writeFile(ports.config.watchPolicy, JSON.stringify(policy));
  };
  beforeAll(() => declare(POLICY));

  it('keeps the reference unless it is dry, and once the archive stands behind these hours', async () => {
    const kept = async () => (await store.query(`SELECT place FROM watch_references FINAL`)).length;
    await look(NOW_MS - MINUTE_MS, { isDry: true });
    expect(await kept()).toBe(0);

    const opened = await openModel(modelsIn(ports.config), model, manifest);
    const span = within(PROMOTED_MS, PROMOTED_MS + HOUR_MS);
    const behind = async (list: string, at: number) => {
      await insertLists(store, [{ ...all[0]!, list, at }], { surface: 'search', partition: 1 });
      return referenceOf(ports, span, opened.manifest, { isDry: false });
    };
    const early = await behind('slow', span.until_ms - MINUTE_MS);
    expect(early?.features).toHaveLength(FEATURE_NAMES.length + 1);
    expect(await kept()).toBe(0);
    expect(await behind('there', span.until_ms)).toEqual(early);
    expect(await kept()).toBe(FEATURE_NAMES.length + 1);
  });

  it('does not blame it for how lists failed before it was there', async () => {
    const young = await look(PROMOTED_MS + 8 * MINUTE_MS, { isDry: true });
    const meant = all.filter(
      ({ arm, at }) => at >= PROMOTED_MS && at < young.at_ms && arm !== 'control' && arm !== 'explore',
    );
    expect(stateOf(young, 'failures')).toMatchObject({
      says: 'good',
      reason: expect.stringContaining(`of ${meant.length} lists `),
    });
  });

  it('finds the feature that moved and nothing else, and asks for a retraining', async () => {
    const seen = await look(NOW_MS - 60_000);
    expect(seen).toMatchObject({
      act: 'retrain',
      model,
      reason: expect.stringMatching(`^drift: 1 of ${FEATURE_NAMES.length} .*item\\.log_price`),
    });
    expect(seen.drifts[0]).toMatchObject({ feature: 'item.log_price' });
    const states = Object.fromEntries(seen.signals.map(({ signal, state }) => [signal, state]));
    expect(states).toEqual({
      ...{ failures: 'off', fall: 'off', behind: 'off', clicks: 'off', calibration: 'off', scores: 'off', drift: 'on' },
      ...{ ads: 'off', features: 'off', outcomes: 'off' },
    });
    expect(seen.signals.filter(({ says }) => says === 'unknown')).toEqual([]);
    for (const name of ['fall', 'clicks', 'behind'])
      expect(stateOf(seen, name)!.sequence!.beside, name).toBe('control');
    expect(stateOf(seen, 'ads')!.reason).toMatch(
      /^[01]\.\d\d clicks for each .*; furthest off .*; what it says is not multi/,
    );
    const unlike = { v: 1, part: 'click_factor', at_ms: seen.at_ms, model, factor: 1 };
    expect(learned.at(-1)).toEqual(unlike); // ads are clicked as it says
    await recordDeed(ports, { ...seen, outcome: 'a retraining has begun' });
    // Nothing has come since it was found: it learns from the newest lists that there are.
    const { from_ms, until_ms } = seen.retraining.span!;
    expect(until_ms).toBe(seen.at_ms);
    const learnable = all.filter(
      ({ at, features_version }) => at >= from_ms && at < until_ms && features_version !== 'none',
    );
    expect(learnable).toHaveLength(500);
  });

  it('waits for lists of after the change', async () => {
    await declare({ ...POLICY, retrain: { lists: 500, wait_hours: 2 } });
    const seen = await look(NOW_MS - 90_000, { isDry: true });
    await declare(POLICY);
    expect(seen).toMatchObject({
      act: 'alert',
      reason: expect.stringMatching(/waits for 500 lists since .*, of which \d+ are there/),
    });
    expect(seen.retraining).not.toHaveProperty('span');
  });

  it('keeps what it left: the wait, the scale of each sequence, and the reference', async () => {
    const seen = await look(NOW_MS);
    expect(seen).toMatchObject({ act: 'alert', reason: expect.stringContaining('no retraining begins before') });
    const looks = await looksOf(store, 'home', 24);
    expect(looks.last).toMatchObject({ at_ms: NOW_MS, act: 'alert', signals: expect.arrayContaining(seen.signals) });
    expect(looks.deeds).toMatchObject([{ act: 'retrain', outcome: 'a retraining has begun' }]);
    expect(looksSaid(looks)).toMatch(/on: drift/);
    const [first] = await store.query<{ scale: number }>(
      `SELECT scale FROM watch_signals WHERE signal = 'fall' ORDER BY at LIMIT 1`,
    );
    expect(stateOf(seen, 'fall')!.sequence!.scale).toBe(first!.scale);
  });

  it('corrects no ads where the policy does not want it, and teaches nobody where it is dry', async () => {
    await declare({ ...POLICY, ads: { correct: false } });
    const before = learned.length;
    const seen = await look(NOW_MS + MINUTE_MS, { isDry: true });
    expect(stateOf(seen, 'ads')!.reason).toMatch(/not corrected, as the policy wants it$/);
    expect(learned).toHaveLength(before);
    await declare(POLICY);
  });

  it('that is dry leaves nothing behind, and after lists without outcomes says so', async () => {
    const seen = await look(NOW_MS + HOUR_MS, { isDry: true });
    expect(stateOf(seen, 'failures')).toMatchObject({ says: 'unknown' });
    expect((await looksOf(store, 'home', 24)).last).toMatchObject({ at_ms: NOW_MS });
  });
});
