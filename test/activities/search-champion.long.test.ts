import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { expect, it, onTestFinished } from 'vitest';
import { ensureChampion } from '../../activities/ensure-champion.ts';
import { evaluateRanker } from '../../activities/evaluate-ranker.ts';
import { explainList } from '../../activities/explain/explain-list.ts';
import { type Candidate, createActivities } from '../../activities/index.ts';
import { promoteRanker } from '../../activities/promote-ranker.ts';
import { registerRanker } from '../../activities/register-ranker.ts';
import type { ExampleRow } from '../../activities/snapshot/dataset-builder.ts';
import { snapshotExamples } from '../../activities/snapshot/snapshot-examples.ts';
import { keysIn } from '../../models/registry/keys.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import { Currencies } from '../../schemas/policies/currencies.ts';
import { DEFAULT_POLICIES } from '../../schemas/policies/policy.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import { RankedList } from '../../schemas/topics/ranking.ts';
import { Report } from '../../streams/report.ts';
import { answer } from '../../streams/scorer/answer.ts';
import { loadRanker } from '../../streams/scorer/champion/load.ts';
import { Posts } from '../../streams/scorer/champion/posts.ts';
import { Memory } from '../../streams/scorer/memory/memory.ts';
import { Shadows } from '../../streams/scorer/trial/shadows.ts';
import { ARCHIVES } from '../../streams/sinks/rows.ts';
import { Deltas } from '../sim/deltas.ts';
import { named, weighted } from '../sim/draws.ts';
import { toProduct } from '../sim/items.ts';
import { clickRate } from '../sim/rates.ts';
import { searchFor } from '../sim/searches.ts';
import { browse, toEvent } from '../sim/shopper.ts';
import { Tally } from '../sim/tally.ts';
import { createWorld, type User } from '../sim/world.ts';
import { MemoryStore } from './memory-ports.ts';
import { testPorts } from './ports.ts';

const SEED = 3;
const LISTS = { before: 6_000, after: 3_000 };
const OPENED_MS = Date.UTC(2026, 5, 1);
const EACH_MS = 2_000;

/*
 * The whole way of a search ranker but for topics and tables, with the scorer's own lists: searches without a champion,
 * their outcomes, a retraining with its gate, the promotion, and searches by it. The figures stand in docs/quality.md.
 */
it('is trained on what was clicked in searches, passes the gate, and earns no fewer clicks there than relevance', async () => {
  const tables: Record<string, object[]> = { examples: [] };
  const room = await testPorts(new MemoryStore(tables), { ranker: 'mlp' });
  onTestFinished(() => room.clear());
  const { ports } = room;
  const { config, log, champions } = ports;
  const report = new Report('scorer', 'test');
  const models = modelsIn(config);
  const posts = new Posts({
    ...{ keys: keysIn(config), report, log },
    load: served => loadRanker(models, served, config),
    shadows: () => new Shadows(async () => {}, report),
  });
  onTestFinished(() => posts.stop());
  const tell = async () => {
    posts.take({ surface: 'search', champion: champions.published.at(-1)! });
    await posts.settled();
    return posts.of({ surface: 'search' }).champion.id;
  };
  const shop = openShop(posts, row => tables.examples!.push(row));

  for (let n = 0; n < LISTS.before; n++) await shop.search('before');
  const at_ms = shop.now_ms();
  const first = await ensureChampion(ports, { surface: 'search', workflow: 'w', at_ms });
  expect(await tell()).toBe(first.model);
  expect((await shop.search('first')).items.length).toBeGreaterThan(0);

  const snapshot = await snapshotExamples(ports, { surface: 'search', until_ms: at_ms });
  const env = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR', () => {}) });
  const candidate = await env.run<[], Candidate, () => Promise<Candidate>>(() =>
    createActivities(ports).trainRanker({ snapshot, seed: SEED, run: 'search' }),
  );
  const judged = { surface: 'search' as const, snapshot, candidate, seed: SEED };
  const verdict = await evaluateRanker(ports, { ...judged, champion: first.model }, 'w/r');
  expect(verdict.checks.filter(({ passed, mode }) => !passed && mode === 'refuse')).toEqual([]);
  const registered = await registerRanker(ports, { ...judged, parent: first.model, verdict, at_ms });
  const about = { replaces: first.model, at_ms: at_ms + 1, reason: 'better', workflow: 'w' };
  await promoteRanker(ports, { surface: 'search', ...registered, ...about });
  expect(await tell()).toBe(registered.model);

  const last: RankedList[] = [];
  for (let n = 0; n < LISTS.after; n++) last.push(await shop.search('after'));
  expect(new Set(last.map(({ model }) => model))).toEqual(new Set([registered.model]));
  const [before, after] = (['before', 'after'] as const).map(phase =>
    clickRate(shop.tally, { phase, arm: 'champion' }),
  ) as [ReturnType<typeof clickRate>, ReturnType<typeof clickRate>];
  const { ndcg_candidate, ndcg_champion, auc_candidate, auc_champion } = verdict.metrics;
  console.error(JSON.stringify({ before, after, ndcg_candidate, ndcg_champion, auc_candidate, auc_champion }));
  expect(after.rate).toBeGreaterThanOrEqual(before.rate);
  expect(after.high).toBeGreaterThan(before.high);

  const list = last.findLast(({ arm, items }) => arm === 'champion' && items.length > 5)!;
  const [archived] = ARCHIVES['rank.lists']!.rows(list as never) as unknown as [{ at: number; items: string[] }];
  tables.ranked_lists = [{ ...archived, list: list.id, at_ms: list.at_ms, is_told: 0, partition: 0, applied_user: 0 }];
  const sources = { store: ports.store, registry: models, currencies: Currencies.parse({}) };
  const explained = await explainList(sources, { list: list.id });
  expect(explained).toMatchObject({ surface: 'search', order: 'score', model: registered.model });
  for (const { score, groups, error } of explained.items) {
    const sum = Object.values(groups).reduce((all, part) => all + part, explained.baseline);
    expect(Math.abs(sum - score)).toBeLessThanOrEqual(error + 1e-3);
  }
  expect(explained.items.some(({ groups }) => Math.abs(groups.text ?? 0) > 0.05)).toBe(true);
}, 1_500_000);

/** The simulated shop's users, who search, and the scorer's answers to them. */
function openShop(posts: Posts, onRow: (row: ExampleRow) => void) {
  const world = createWorld({ seed: SEED, users: 400 });
  const [who, what, does] = ['who comes', 'what he wants', 'what he does'].map(name => named(SEED, name)) as [
    ReturnType<typeof named>,
    ReturnType<typeof named>,
    ReturnType<typeof named>,
  ];
  const memory = new Memory();
  const deltas = new Deltas();
  const tally = new Tally();
  const settings = { exploration: 0.15, control: 0, policies: DEFAULT_POLICIES };
  let now_ms = OPENED_MS;
  let asked = 0;
  for (const [offset, item] of world.items.entries()) {
    const value = Buffer.from(JSON.stringify(toProduct(item, OPENED_MS)));
    memory.apply('shop.catalogue', 0, { key: item.item, value, offset, timestamp_ms: OPENED_MS });
  }
  const comes = (): User => weighted(world.users, user => user.activity, 1, who)[0]!;

  return {
    tally,
    now_ms: () => now_ms,
    async search(phase: string): Promise<RankedList> {
      now_ms += EACH_MS;
      const user = comes();
      const search = searchFor(world, user, what);
      const id = `list-${String(asked++).padStart(6, '0')}`;
      const request = { v: 1, id, at_ms: now_ms, user: user.user, session: `s${asked}`, surface: 'search' } as const;
      const { champion, challenger } = posts.of({ surface: 'search' });
      const { query } = search;
      const asks = { ...request, query, count: 10 };
      const list = RankedList.parse(await answer(asks, memory, champion, settings, 0, undefined, challenger));
      tally.answered(phase, list, 1);
      const acts = browse(search.world, search.user, list, does, 1_000);
      const events = acts.map(act => ({ ...toEvent(act, list, now_ms + act.after_ms), query }) as ShopEvent);
      for (const act of acts) tally.acted(phase, list, act);
      for (const [topic, record] of deltas.of(events, now_ms)) memory.apply(topic, 0, record);
      for (const row of examplesOf(list, events)) onRow(row);
      return list;
    },
  };
}

/** What the join of lists and outcomes makes of what was seen. */
function examplesOf(list: RankedList, events: readonly ShopEvent[]): ExampleRow[] {
  const of = (type: ShopEvent['type']) =>
    new Set(events.flatMap(event => ('item' in event && event.type === type ? event.item : [])));
  const [seen, clicked, carted, purchased] = [of('impression'), of('click'), of('cart'), of('purchase')];
  return list.items
    .filter(({ item }) => seen.has(item))
    .map(({ item, position, propensity, features }) => ({
      ...{ list: list.id, at_ms: list.at_ms, user: list.user, arm: list.arm, position, item, propensity, features },
      ...{ history: [...list.history], language: '' },
      clicked: clicked.has(item),
      carted: carted.has(item),
      purchased: purchased.has(item),
      dismissed: false,
    }));
}
