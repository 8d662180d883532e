import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { explainList } from '../../../activities/explain/explain-list.ts';
import { userAfter } from '../../../models/explain/what-if.ts';
import { historyOf } from '../../../models/features/history.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../../models/features/vector.ts';
import { initialFusion, servingFusion } from '../../../models/fusion/network.ts';
import { openFusionRanker } from '../../../models/fusion/ranker.ts';
import type { FusionShape } from '../../../models/fusion/shape.ts';
import { encode } from '../../../models/graph/file/encode.ts';
import { random } from '../../../models/random.ts';
import { batchOf } from '../../../models/ranker/dataset/pairs.ts';
import { openFeatureRanker } from '../../../models/ranker/feature-model.ts';
import { HISTORY } from '../../../models/ranker/model.ts';
import { registerModel } from '../../../models/registry/registry.ts';
import { modelsIn } from '../../../models/registry/store/place.ts';
import { openStore, type Store } from '../../../schemas/clickhouse.ts';
import type { ContentSpecs } from '../../../schemas/models/models.ts';
import { DEFAULT_POLICIES } from '../../../schemas/policies/policy.ts';
import type { Product } from '../../../schemas/topics/events.ts';
import { type Arm, RankedList } from '../../../schemas/topics/ranking.ts';
import type { RecordOf } from '../../../streams/admit.ts';
import { ARCHIVES } from '../../../streams/sinks/rows.ts';
import { testConfig } from '../../job-process.ts';
import { type Scene, sceneOf, WIDTH } from '../../models/explain/scene.ts';
import { perceptron } from '../../streams/scorer/scorer-room.ts';

const MODEL = 'home-0123456789';
const FUSION = 'home-fedcba9876';
const CONTENTS: ContentSpecs = { image: { encoder: 'eyes@1', width: 4 } };
let store: Store;
let config: ReturnType<typeof testConfig>;
const scene: Scene = sceneOf({ seed: 1 });

beforeAll(async () => {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'temper-explain-'));
  config = { ...testConfig(inject('endpoints'), 'temper_explain'), dataDir };
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
  const bytes = perceptron(4);
  const lineage = { snapshot: null, parent: null, seed: 1, code: '0.1.0', provider: null };
  const layout = { features: [...FEATURE_NAMES], features_version: FEATURES_VERSION };
  await registerModel(
    modelsIn(config),
    { id: MODEL, kind: 'mlp', created_ms: 1, ...layout, lineage, training: null, verdict: null },
    bytes,
  );
  const { known } = scene;
  await archive('shop.events', known.events);
  const events = known.events.flatMap(event => ('item' in event ? [event.item] : []));
  const products = [...new Set([...events, ...scene.items])].map(item => known.product(item) as Product);
  await archive('shop.catalogue', products);
  const scores = await scoresBy(bytes);
  await archive('rank.lists', [
    listOf('r-1', 'champion', MODEL, scores, { language: 'de-CH' }),
    listOf('r-2', 'champion', MODEL, scores),
    listOf('r-3', 'explore', MODEL, scores),
    listOf('r-4', 'control', 'popularity', scores),
    { ...listOf('r-5', 'champion', MODEL, scores), user: 'somebody else' },
    interleaved(listOf('r-6', 'champion', MODEL, scores)),
    listOf('r-7', 'champion', FUSION, await fusionScores(), { history: HISTORY_ITEMS }),
  ]);
}, 60_000);
afterAll(async () => {
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
  await rm(config.dataDir, { recursive: true, force: true });
});

async function archive<T extends 'shop.events' | 'shop.catalogue' | 'rank.lists'>(
  topic: T,
  records: readonly RecordOf<T>[],
): Promise<void> {
  const { table, rows } = ARCHIVES[topic]! as { table: string; rows(record: RecordOf<T>): object[] };
  const at = { topic, partition: 3, recorded: Date.now() };
  await store.insert(
    table,
    records.flatMap((record, offset) => rows(record).map(row => ({ ...row, ...at, offset }))),
  );
}

const HISTORY_ITEMS = historyOf(userAfter(scene.known.events));
const pictureOf = (item: string) => {
  const place = scene.items.indexOf(item);
  return place < 0 ? undefined : Float32Array.of(Math.cos(place), Math.sin(place), 0, 0);
};

/** Registers a fusion ranker, archives its vectors, and scores the list as a scorer would. */
async function fusionScores(): Promise<Float32Array> {
  const shape: FusionShape = {
    ...{ features: WIDTH, items: scene.items.length, contents: { image: 4 }, hidden: [16], width: 8, positions: 2 },
  };
  const standard = { mean: new Float32Array(WIDTH), scale: new Float32Array(WIDTH).fill(0.3) };
  const start = initialFusion(shape, [0.1, 0.1, 0.1, 0.1], random(2));
  const bytes = encode(servingFusion(shape, { standard, whitenings: {} }, start, [0.6, 0.4]));
  const lineage = { snapshot: null, parent: null, seed: 1, code: '0.1.0', provider: null };
  const layout = { features: [...FEATURE_NAMES], features_version: FEATURES_VERSION, contents: CONTENTS };
  await registerModel(
    modelsIn(config),
    { id: FUSION, kind: 'fusion', created_ms: 1, ...layout, lineage, training: null, verdict: null },
    bytes,
    { items: scene.items },
  );
  await store.insert(
    'item_vectors',
    scene.items.map((item, offset) => ({
      ...{ item, modality: 'image', encoder: 'eyes@1', hash: item, at: 1, values: [...pictureOf(item)!] },
      ...{ topic: 'item.vectors', partition: 0, offset, recorded: 1 },
    })),
  );
  const features = new Float32Array(scene.items.length * WIDTH);
  for (const [n, row] of scene.logged.entries()) features.set(row, n * WIDTH);
  const file = { model: bytes, features: WIDTH, items: scene.items, contents: CONTENTS };
  const ranker = await openFusionRanker(file);
  const pairs = { items: scene.items, features, history: HISTORY_ITEMS, vectors: { vector: pictureOf } };
  const scores = await ranker.score(batchOf(pairs, CONTENTS));
  await ranker.release();
  return scores;
}

async function scoresBy(bytes: Uint8Array): Promise<Float32Array> {
  const rows = scene.items.length;
  const features = new Float32Array(rows * WIDTH);
  for (const [n, row] of scene.logged.entries()) features.set(row, n * WIDTH);
  const none = new Int32Array(rows);
  const ranker = await openFeatureRanker(bytes, WIDTH);
  const batch = { rows, features, items: [], item: none, list: none, history: new Int32Array(HISTORY), contents: {} };
  const scores = await ranker.score(batch);
  await ranker.release();
  return scores;
}

function listOf(id: string, arm: Arm, model: string, scores: Float32Array, more: object = {}): RankedList {
  const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
  const items = order.map((index, position) => ({
    ...{ item: scene.items[index]!, position, score: scores[index]!, propensity: 0.9, reason: 'category' },
    ...(position === 2 && { policy: 'moved down: bought lately' }),
    features: [...scene.logged[index]!],
  }));
  const { asked, events } = scene.known;
  return RankedList.parse({
    ...{ v: 1, id, surface: 'home', ...asked, model, arm, features_version: FEATURES_VERSION },
    ...{ applied: { user: events.length, items: {}, catalogue: [0] }, candidates: 60, items, ...more },
    spent_ms: { queue: 1, candidates: 1, features: 1, score: 1 },
  });
}

/** As a trial's challenger and the champion would share it. */
function interleaved(list: RankedList): RankedList {
  const items = list.items.map((item, n) => ({ ...item, team: n % 2 === 0 ? 'champion' : 'challenger' }));
  const experiment = { id: 't-1', stage: 'interleaved', group: 'both' };
  return RankedList.parse({ ...list, role: 'champion', experiment, items });
}

const explained = (list: string, language?: string) =>
  explainList({ store, registry: modelsIn(config), currencies: DEFAULT_POLICIES.currencies }, { list, language });

describe('a list that was archived', () => {
  it('is explained in the language of its request: what adds up to each score, and what would have moved it', async () => {
    const { language, order, baseline, items } = await explained('r-1');
    expect([language, order]).toEqual(['de', 'score']);
    for (const { groups, score, error } of items) {
      const sum = Object.values(groups).reduce((all, each) => all + each, baseline);
      expect(Math.abs(sum - score)).toBeLessThanOrEqual(Math.max(1e-3, error * 1.001));
    }
    expect(items[2]!.sentences[0]).toBe('Es steht weiter unten, weil Sie es vor Kurzem gekauft haben.');
    expect(items[0]!.title).toBe(scene.known.product(items[0]!.item)!.title);
    const kinds = new Set(items.flatMap(({ moves }) => moves.map(({ change }) => change)));
    expect([...kinds]).toEqual(expect.arrayContaining(['visits', 'click']));
    const visit = items.flatMap(({ moves, sentences }) =>
      moves.some(({ change }) => change === 'visits') ? sentences : [],
    );
    expect(visit.join(' ')).toMatch(/Ohne d(as Produkt|ie \d+ Produkte), d(as|ie) Sie zuletzt angesehen haben/);
  });

  it('is explained in the language that is asked for, else the user’s, else English', async () => {
    expect((await explained('r-1', 'ja')).language).toBe('ja');
    expect((await explained('r-2')).language).toBe('de');
    expect((await explained('r-5')).language).toBe('en');
  });

  it('says what put it in order where that was not the ranker, and nothing would have moved it', async () => {
    const chance = await explained('r-3', 'en');
    expect(chance.orderSentence).toMatch(/by chance/);
    expect(chance.items.flatMap(({ moves }) => moves)).toEqual([]);
    const shared = await explained('r-6', 'en');
    expect(shared.order).toBe('trial');
    expect(shared.orderSentence).toMatch(/takes turns/);
    expect(shared.items.flatMap(({ moves }) => moves)).toEqual([]);
    const control = await explained('r-4', 'en');
    expect(control.order).toBe('popularity');
    expect(Object.keys(control.items[0]!.groups)).toEqual(['popularity']);
  });

  it('is explained where its ranker sees pictures, names and the history: by all that it was shown', async () => {
    const { baseline, items, order } = await explained('r-7', 'en');
    expect(order).toBe('score');
    for (const { groups, score } of items) {
      expect(Object.values(groups).reduce((all, each) => all + each, baseline)).toBeCloseTo(score, 3);
    }
    expect(items.flatMap(({ moves }) => moves).length).toBeGreaterThan(0);
  });

  it('of another user’s visits nothing is said: they do not give what was logged', async () => {
    const { items } = await explained('r-5');
    const kinds = new Set(items.flatMap(({ moves }) => moves.map(({ change }) => change)));
    expect(kinds.has('visits')).toBe(false);
    expect(kinds.size).toBeGreaterThan(0);
  });

  it('that is not there is refused', async () => {
    await expect(explained('nothing')).rejects.toThrow(/NOT_FOUND.*got nothing/);
  });
});
