import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../../models/features/vector.ts';
import { encode } from '../../../models/graph/file/encode.ts';
import { random } from '../../../models/random.ts';
import { initialRanker, servingRanker } from '../../../models/ranker/ranker.ts';
import { ensureKey, keysIn } from '../../../models/registry/keys.ts';
import { registerModel } from '../../../models/registry/registry.ts';
import { signModel } from '../../../models/registry/signature.ts';
import { signRecord } from '../../../models/registry/signed-record.ts';
import { modelsIn } from '../../../models/registry/store/place.ts';
import type { ModelStore } from '../../../models/registry/store/store.ts';
import { createLog } from '../../../schemas/log.ts';
import type { Promotion } from '../../../schemas/models/models.ts';
import type { Config } from '../../../schemas/settings/config.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { RankedList, type RankRequest } from '../../../schemas/topics/ranking.ts';
import type { Endpoints } from '../../../services/index.ts';
import { startFeatures } from '../../../streams/features/job.ts';
import { topicSpecs } from '../../../streams/graph.ts';
import type { Bus } from '../../../streams/kafka/bus.ts';
import { connect } from '../../../streams/kafka/connect.ts';
import { Report } from '../../../streams/report.ts';
import { startScorer } from '../../../streams/scorer/job.ts';
import { Memory } from '../../../streams/scorer/memory/memory.ts';
import { openStorefront, type Storefront } from '../../../streams/storefront.ts';
import { testConfig } from '../../job-process.ts';

export const SHARES = { exploration: 0.25, control: 0.2 };

export interface Asked {
  request: RankRequest;
  list: RankedList;
}

export interface ScorerRoom {
  run: string;
  config: Config;
  /** The directory of the registry. */
  models: string;
  store: ModelStore;
  items: readonly string[];
  bus: Bus;
  storefront: Storefront;
  /** What a scorer knows, read by the test itself. */
  mirror: Memory;
  /** What the scorer in this process says of itself. */
  report: Report;
  users(n: number): string[];
  /** Asks for all items of the shop, or for what `more` says. */
  ask(more?: Partial<RankRequest>, timeout_ms?: number): Promise<Asked>;
  register(model: string, bytes: Uint8Array, features_version?: string): Promise<Promotion>;
  /** Signs it as who promotes does, and puts it on `models`. */
  promote(promotion: Promotion): Promise<void>;
  /** Puts anything on `models`. */
  publish(record: unknown, key?: string): Promise<void>;
  /** Stops the scorer of this process. */
  stopScorer(): Promise<void>;
  clear(): Promise<void>;
}

/** Real Kafka, the jobs `features` and `scorer` in this process, an empty registry, and a small shop with a day of clicks. */
export async function openScorerRoom(endpoints: Endpoints): Promise<ScorerRoom> {
  const run = `scorer-${randomUUID().slice(0, 8)}`;
  const log = createLog('test', 'silent');
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'temper-scorer-'));
  const shares = { TEMPER_EXPLORATION: `${SHARES.exploration}`, TEMPER_CONTROL: `${SHARES.control}` };
  const config = { ...testConfig(endpoints, 'temper_scorer', shares), dataDir };
  const store = modelsIn(config);
  await ensureKey(keysIn(config), Date.now());
  const bus = connect({ brokers: endpoints.kafka, name: run, log });
  await bus.ensureTopics(topicSpecs(config));
  const outbox = await bus.outbox();
  const storefront = await openStorefront(bus);
  const report = new Report('scorer', run);
  const tables = undefined as never; // neither job has any
  const features = await startFeatures({ config, bus, store: tables, report: new Report('features', run), log });
  const scorer = await startScorer({ config, bus, store: tables, report, log });
  let stopped: Promise<void> | undefined;
  const stopScorer = () => {
    stopped ??= scorer.stop();
    return stopped;
  };
  const mirror = new Memory(config.partitions);
  const mirroring = await bus.follow({
    topics: ['shop.catalogue', 'features.user.log', 'features.item.log'],
    apply: (...record) => void mirror.apply(...record),
  });
  const items = Array.from({ length: 12 }, (_, n) => `${run}-i${n}`);
  const users = (n: number) => Array.from({ length: n }, (_, k) => `${run}-u${k}`);
  await fillShop({ storefront, mirror, items, users: users(6) });

  let serial = 0;
  const publish = (record: unknown, key = 'home') => outbox.publish('models', { key, value: JSON.stringify(record) });
  return {
    run,
    config,
    models: store.where,
    store,
    items,
    bus,
    storefront,
    mirror,
    report,
    users,
    async ask(more = {}, timeout_ms = 10_000) {
      const id = `${run}-r${serial++}`;
      const who = { user: users(40)[serial % 40]!, session: 's', surface: 'home', count: items.length } as const;
      const request: RankRequest = { v: 1, id, at_ms: Date.now(), ...who, candidates: [...items], ...more };
      const list = RankedList.parse(await storefront.ask(request, timeout_ms));
      if (list.user !== request.user) throw new Error(`${request.user} got the list of ${list.user}`);
      return { request, list };
    },
    async register(model, bytes, features_version = FEATURES_VERSION) {
      const lineage = { snapshot: null, parent: null, seed: null, code: 'test', provider: null };
      const layout = { features: [...FEATURE_NAMES], features_version };
      const parts = { id: model, kind: 'mlp', created_ms: Date.now(), ...layout, lineage } as const;
      const { sha256 } = await registerModel(store, { ...parts, training: null, verdict: null }, bytes);
      return signed(store, keysIn(config), promotionOf(model, sha256));
    },
    promote: async promotion => publish(await signRecord(keysIn(config), promotion)),
    publish,
    stopScorer,
    async clear() {
      await Promise.all([stopScorer(), features.stop(), mirroring.stop()]);
      await storefront.stop();
      await outbox.stop();
      await bus.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** As `promoteRanker` signs it. */
export async function signed(models: ModelStore, keys: string, promotion: Promotion): Promise<Promotion> {
  const { model, manifest, surface, at_ms } = promotion;
  await signModel({ models, keys }, { model, manifest, surface, role: 'champion' }, at_ms);
  return promotion;
}

export function promotionOf(model: string, manifest: string): Promotion {
  return { v: 1, surface: 'home', model, manifest, previous: null, at_ms: Date.now(), reason: 'a test' };
}

/**
 * A small perceptron with the weights that He's initialisation draws.
 *
 * @param scale of each feature: with a small one all click rates are near 0.1, whatever features there are
 */
export function perceptron(seed: number, scale = 1): Uint8Array {
  const width = FEATURE_NAMES.length;
  const shape = { features: width, hidden: [8], positions: 2 };
  const standard = { mean: new Float32Array(width), scale: new Float32Array(width).fill(scale) };
  return encode(servingRanker(shape, standard, initialRanker(shape, 0.1, random(seed)), [0.5, 0.5]));
}

/** Products, and a day of clicks that makes some items popular and gives users a taste. */
async function fillShop(shop: {
  storefront: Storefront;
  mirror: Memory;
  items: readonly string[];
  users: readonly string[];
}): Promise<void> {
  const { storefront, mirror, items, users } = shop;
  const { below } = random(7);
  const now_ms = Date.now();
  const products = items.map((item, n) => {
    const product = {
      v: 1,
      item,
      at_ms: now_ms,
      title: `thing ${n}`,
      category: `c${n % 3}`,
      price: 5 + n * n,
    } as const;
    return storefront.publishProduct(product);
  });
  const events = Array.from({ length: 300 }, (_, n): ShopEvent => {
    const position = below(items.length);
    const item = items[n < items.length ? n : below(1 + position)]!; // each at least once, the first ones often
    const on = { item, list: 'l', position };
    const at_ms = now_ms - below(86_400_000);
    const type = (below(3) === 0 ? 'click' : 'impression') as 'impression';
    return { v: 1, id: `${items[0]}-e${n}`, type, at_ms, user: users[n % users.length]!, session: 's', ...on };
  });
  await Promise.all([...products, ...events.map(event => storefront.publishEvent(event))]);
  const known = () => items.every(item => mirror.products.has(item) && mirror.items.get(item) !== undefined);
  const counted = () => users.every(user => mirror.users.get(user)?.state.seen.length === 48); // of 50: states remember 48
  await vi.waitUntil(() => known() && counted(), { timeout: 30_000 });
}
