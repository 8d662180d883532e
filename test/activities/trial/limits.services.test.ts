import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { measureTrial } from '../../../activities/trial/measure.ts';
import { service } from '../../../activities/trial/service.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import type { Example, RankedList } from '../../../schemas/topics/ranking.ts';
import { ARCHIVES } from '../../../streams/sinks/rows.ts';

const DATABASE = `temper_limits_${process.pid}`;
/** The stage of all users has gone on for two minutes. */
const T0 = Date.now() - 120_000;
const LISTS = 250;
const ITEMS = Array.from({ length: 8 }, (_, n) => ({ item: `i${n}`, category: `c${n % 4}` }));
const STAGE = { kind: 'canary', share: 1 } as const;

interface Made {
  experiment: RankedList['experiment'];
  role?: RankedList['role'];
  model?: string;
  ms?: number;
  /** Of every twentieth list. */
  tail_ms?: number;
  /** Logits of what nobody clicked. */
  score?: number;
  kinds?: number;
  after_ms?: number;
  teams?: boolean;
}

let store: Store;

/** So many lists of four items, with their outcomes. */
async function put(lists: number, name: string, made: Made): Promise<void> {
  const { experiment, role = 'champion', model = 'old', ms = 2, score = -4, kinds = 4, after_ms = 1_000 } = made;
  const rows = Array.from({ length: lists }, (_, n) => {
    const at_ms = T0 + after_ms + n;
    const about = {
      v: 1,
      at_ms,
      user: `u${n % 50}`,
      surface: 'home',
      model,
      arm: 'champion',
      role,
      experiment,
    } as const;
    const layout = { features_version: 'f', history: [] };
    const items = Array.from({ length: 4 }, (_, position) => ({
      ...{ item: `i${position % kinds}`, position, propensity: null, features: [] },
      ...(made.teams && { team: position % 2 === 0 ? ('champion' as const) : ('challenger' as const) }),
    }));
    const spent_ms = { queue: 1, candidates: 1, features: 1, score: n % 20 === 0 ? (made.tail_ms ?? ms) : ms };
    const list: RankedList = {
      ...{ ...about, ...layout, id: `${name}${n}`, session: 's', candidates: 4, index: {}, spent_ms },
      items: items.map(item => ({ ...item, score, reason: 'test' })),
    };
    const done = { clicked: false, carted: false, purchased: false, dismissed: false };
    const example: Example = {
      ...{ ...about, ...layout, list: list.id, version: 1 },
      items: items.map(item => ({ ...item, ...done })),
    };
    return { list, example };
  });
  const source = (offset: number) => ({ topic: name, partition: 0, offset, recorded: T0 });
  const all = (table: string, of: object[]) =>
    store.insert(
      table,
      of.map((row, n) => ({ ...row, ...source(n) })),
    );
  await all(
    'ranked_lists',
    rows.flatMap(({ list }) => ARCHIVES['rank.lists']!.rows(list)),
  );
  await all(
    'examples',
    rows.flatMap(({ example }) => ARCHIVES['rank.examples']!.rows(example)),
  );
}

const group = (id: string, of: 'champion' | 'challenger' | 'both', stage = 'canary 100 %') =>
  ({ id, stage, group: of }) as const;

beforeAll(async () => {
  store = await openStore(inject('endpoints').clickhouse, DATABASE);
  await store.insert(
    'catalogue',
    ITEMS.map((item, offset) => ({
      ...{ ...item, at: T0, title: item.item, price: 1, available: true, withdrawn: false },
      ...{ topic: 't', partition: 0, offset, recorded: T0 },
    })),
  );
  const canary = { experiment: group('fine', 'champion', 'canary 25 %'), after_ms: -60_000 };
  await put(LISTS, 'before', canary);
  await put(LISTS, 'both-before', {
    ...canary,
    experiment: group('fine', 'both', 'interleave 25 %'),
    ms: 500,
    teams: true,
  });
  const young = { role: 'challenger', model: 'young' } as const;
  await put(LISTS, 'fine', { ...young, experiment: group('fine', 'challenger') });
  await put(LISTS, 'slow', { ...young, experiment: group('slow', 'challenger'), ms: 900 });
  await put(LISTS, 'wrong', { ...young, experiment: group('wrong', 'challenger'), score: 3 });
  await put(LISTS, 'alike', { ...young, experiment: group('alike', 'challenger'), kinds: 1 });
  await put(1_000, 'tail-old', { experiment: group('tail', 'champion', 'canary 50 %') });
  await put(1_000, 'tail', { ...young, experiment: group('tail', 'challenger', 'canary 50 %'), tail_ms: 60 });
  await put(LISTS, 'both', { experiment: group('teams', 'both', 'interleave 50 %'), ms: 900, teams: true });
});
afterAll(async () => {
  await store?.command(`DROP DATABASE ${DATABASE}`);
  await store?.stop();
});

const look = (experiment: string, champion = 'old', stage: Parameters<typeof measureTrial>[1]['stage'] = STAGE) =>
  measureTrial(
    { config: { labelWindow_ms: 600_000 }, store, champions: { of: async () => ({ model: champion }) } } as never,
    { surface: 'home', experiment, champion, stage, since_ms: T0, stages: 2, scales: null },
  );

it.each([
  ['slow', /^scoring takes 900\.0 ms \(median\), the champion 2\.0 ms/],
  ['wrong', /^calibration error 0\.9\d\d, the champion's 0\.018/],
  ['alike', /^1\.0 categories on a list, the champion has 4\.0/],
])('what all users have is stopped where it is %s beside the champion before', async (experiment, reason) => {
  expect(await look(experiment)).toMatchObject({ decision: 'stop', reason: expect.stringMatching(reason) });
});

it('what is not worse goes on, and says of how many lists', async () => {
  const found = await look('fine');
  expect(found).toMatchObject({ decision: 'continue', reason: '250 lists, all by the challenger', clicks: null });
});

it('where the champion has made no lists before, the gates are asked', async () => {
  expect((await look('slow', 'older')).reason).toMatch(/^scoring takes 900\.0 ms \(median\), the gates allow 50\.0 ms/);
  expect((await look('wrong', 'older')).reason).toMatch(/^calibration error 0\.9\d\d, the gates allow 0\.100/);
  expect((await look('fine', 'older')).decision).toBe('continue');
});

it('interleaved lists are judged by their time, and by the kinds of products of each team', async () => {
  const stage = { kind: 'interleave', share: 0.5 } as const;
  const found = await look('teams', 'old', stage);
  expect(found.reason).toMatch(/^scoring takes 900\.0 ms \(median\) by both, the champion 2\.0 ms/);
  const part = { surface: 'home', experiment: 'teams', stage: 'interleave 50 %', since_ms: T0 } as const;
  expect((await service(store, part)).teams).toEqual({ champion: 2, challenger: 2 });
});

it('a model whose longest times alone are too long is stopped, once there are enough to tell', async () => {
  const found = await look('tail', 'old', { kind: 'canary', share: 0.5 });
  expect(found).toMatchObject({
    decision: 'stop',
    reason: expect.stringMatching(/^scoring takes 60\.0 ms \(p99\), the champion 2\.0 ms/),
  });
});
