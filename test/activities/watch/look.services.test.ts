import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { register } from '../../../activities/register-ranker.ts';
import { calibrationIn, trafficIn } from '../../../activities/watch/clicks.ts';
import { type LookAtChampion, lookAtChampion, type WatchLook } from '../../../activities/watch/look.ts';
import { recordDeed } from '../../../activities/watch/record.ts';
import { spreadsIn, tenthsIn } from '../../../activities/watch/spreads.ts';
import { looksOf, looksSaid } from '../../../cli/watch/looks.ts';
import { POPULARITY_FEATURE } from '../../../models/features/aggregates/defaults.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../../models/features/vector.ts';
import { random } from '../../../models/random.ts';
import { popularityModel } from '../../../models/ranker/popularity.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import { spreadOf } from '../../sim/watched.ts';
import { type TestPorts, testPorts } from '../ports.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = Math.floor(Date.now() / 1_000) * 1_000;
/** The champion has served for three hours; the reference is its first, the window the last before clicks may still come. */
const PROMOTED_MS = NOW_MS - 3 * HOUR_MS;
const POLICY = {
  ...{ reference: { hours: 1 }, window: { hours: 1 }, sustained_hours: 0, least: { lists: 100, users: 20 } },
};
const USERS = 60;
const ITEMS = 4;
const MOVED = FEATURE_NAMES.indexOf('item.log_price');
const database = `temper_watch_${crypto.randomUUID().replaceAll('-', '')}`;

interface Row {
  list: string;
  user: string;
  at: number;
  arm: string;
  model: string;
  scores: number[];
  features: number[][];
  clicked: boolean[];
}

/** A list every five seconds, of the former champion for an hour and then of this one; prices rise when its first hour is over. */
function rows(model: string): Row[] {
  const dice = random(7);
  return Array.from({ length: (4 * HOUR_MS) / 5_000 }, (_, n): Row => {
    const at = PROMOTED_MS - HOUR_MS + 5_000 * n;
    const user = dice.below(USERS);
    const arm = user < 25 ? 'control' : dice.uniform() < 0.1 ? 'explore' : n % 200 === 3 ? 'fallback' : 'champion';
    const scores = Array.from({ length: ITEMS }, () => dice.normal() - 1.5);
    const isLate = at >= PROMOTED_MS + HOUR_MS;
    return {
      ...{ list: `l${n}`, user: `u${user}`, at, arm, scores },
      model: arm === 'champion' ? (at < PROMOTED_MS ? 'before' : model) : 'popularity',
      features: scores.map(() =>
        FEATURE_NAMES.map((_, f) => Math.round(1e5 * (dice.uniform() + (f === MOVED && isLate ? 0.6 : 0))) / 1e5),
      ),
      clicked: scores.map(score => dice.uniform() < 1 / (1 + Math.exp(-score))),
    };
  });
}

let store: Store;
let ports: TestPorts;
let clear: () => Promise<void>;
let model: string;
let all: Row[];

beforeAll(async () => {
  store = await openStore(inject('endpoints').clickhouse, database);
  ({ ports, clear } = await testPorts<Store>(store, {
    purchaseWindow_ms: 60_000,
    labelWindow_ms: 30_000,
    watchEvery_ms: 900_000,
  }));
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
  ({ model } = registered);
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
  const source = (offset: number) => ({ topic: 't', partition: 0, offset, recorded: NOW_MS });
  const layout = { surface: 'home', features_version: FEATURES_VERSION };
  await store.insert(
    'ranked_lists',
    all.map(({ clicked: _c, ...row }, n) => ({
      ...row,
      ...layout,
      session: 's',
      items: itemsOf(row),
      candidates: ITEMS,
      ...source(n),
    })),
  );
  await store.insert(
    'examples',
    all.flatMap(({ list, user, at, arm, model, clicked }, n) =>
      clicked.map((click, position) => ({
        ...{ list, user, at, arm, model, ...layout, position, item: `i${position}`, clicked: click },
        ...{ version: 1, features: [], ...source(ITEMS * n + position) },
      })),
    ),
  );
});
afterAll(async () => {
  await store?.command(`DROP DATABASE ${database}`);
  await store?.stop();
  await clear?.();
});

const itemsOf = ({ scores }: Pick<Row, 'scores'>) => scores.map((_, place) => `i${place}`);
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

  it('is what lists brought, with those that fell back, and beside them who gets no model', async () => {
    const { own: mine, control, random: explored } = await trafficIn(store, within(PROMOTED_MS, NOW_MS));
    const of = (arms: string[]) => all.filter(({ arm, at }) => arms.includes(arm) && at >= PROMOTED_MS);
    const clicks = (arms: string[]) => of(arms).reduce((sum, { clicked }) => sum + clicked.filter(Boolean).length, 0);
    expect(mine).toMatchObject({ lists: of(['champion', 'fallback']).length, sum: clicks(['champion', 'fallback']) });
    expect(control).toMatchObject({ users: 25, lists: of(['control']).length, sum: clicks(['control']) });
    expect(explored).toMatchObject({ lists: of(['explore']).length, sum: clicks(['explore']) });
  });

  it('is what was predicted and what came', async () => {
    const { clicks, lists, bins } = await calibrationIn(store, within(PROMOTED_MS, NOW_MS));
    const mine = own(PROMOTED_MS, NOW_MS);
    const expected = mine.flatMap(({ scores }) => scores).reduce((sum, score) => sum + 1 / (1 + Math.exp(-score)), 0);
    expect(lists).toBe(mine.length);
    expect(clicks.lists).toBeCloseTo(expected, 1);
    expect(clicks.sum / clicks.lists).toBeCloseTo(1, 1);
    expect(bins.reduce((sum, bin) => sum + bin.clicks, 0)).toBe(clicks.sum);
  });
});

describe('a look at a champion', () => {
  const look = async (at_ms: number, more: Partial<LookAtChampion> = {}) =>
    (await lookAtChampion(ports, { surface: 'home', at_ms, workflow: 'w/r', isDry: false, ...more }))!;
  const stateOf = ({ signals }: WatchLook, name: string) => signals.find(({ signal }) => signal === name);

  beforeAll(async () => {
    const { writeFile } = await import('node:fs/promises');
    ports.config.watchPolicy = `${ports.config.dataDir}/watch.json`;
    await writeFile(ports.config.watchPolicy, JSON.stringify(POLICY));
  });

  it('finds the feature that moved and nothing else, and asks for a retraining', async () => {
    const seen = await look(NOW_MS - 60_000);
    expect(seen).toMatchObject({
      act: 'retrain',
      model,
      reason: expect.stringMatching(/^drift: 1 of 92 .*item\.log_price/),
    });
    expect(seen.drifts[0]).toMatchObject({ feature: 'item.log_price' });
    const states = Object.fromEntries(seen.signals.map(({ signal, state }) => [signal, state]));
    expect(states).toEqual({
      ...{ failures: 'off', fall: 'off', behind: 'off', clicks: 'off', calibration: 'off', scores: 'off', drift: 'on' },
      ...{ features: 'off', outcomes: 'off' },
    });
    expect(seen.signals.filter(({ says }) => says === 'unknown')).toEqual([]);
    for (const name of ['fall', 'clicks', 'behind'])
      expect(stateOf(seen, name)!.sequence!.beside, name).toBe('control');
    await recordDeed(ports, { ...seen, outcome: 'a retraining has begun' });
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

  it('that is dry leaves nothing behind, and after lists without outcomes says so', async () => {
    const seen = await look(NOW_MS + HOUR_MS, { isDry: true });
    expect(stateOf(seen, 'failures')).toMatchObject({ says: 'unknown' });
    expect((await looksOf(store, 'home', 24)).last).toMatchObject({ at_ms: NOW_MS });
  });
});
