import { setTimeout as sleep } from 'node:timers/promises';
import { supervise } from '../../cli/stack/supervisor.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../models/features/vector.ts';
import { ensureKey, keysIn } from '../../models/registry/keys.ts';
import { registerModel } from '../../models/registry/registry.ts';
import { signModel } from '../../models/registry/signature.ts';
import { signRecord } from '../../models/registry/signed-record.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import type { Promotion } from '../../schemas/models/models.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { type Board, followBoard } from '../../streams/board.ts';
import type { Bus, Outbox } from '../../streams/kafka/bus.ts';
import type { Embedded } from '../embedded.ts';
import { isRead } from '../features/is-read.ts';
import { startScorer } from './process.ts';
import { benchRanker } from './ranker.ts';
import { type BenchShop, benchShop } from './shop.ts';

/** A scorer at work: a process of its own, that knows a shop and serves the first of some models. */
export interface Room {
  config: Config;
  bus: Bus;
  shop: BenchShop;
  /** All registered and signed; the first one serves. */
  models: readonly Promotion[];
  /** Lets a model serve from now on. */
  promote(model: Promotion): Promise<void>;
  /** Of the scorer, behind a collection. */
  resident_mb(): Promise<number>;
  /** What the scorer reports, once a second. */
  board: Board;
  stop(): Promise<void>;
}

const POLL_MS = 200;

export async function openRoom({ bus, config: embedded }: Embedded, models: number): Promise<Room> {
  const config = { ...embedded, exploration: 0, control: 0 };
  const shop = benchShop(Date.now());
  const outbox = await bus.outbox();
  await fillShop(shop, outbox);
  const features = await supervise(['features'], config);
  while (!(await isRead(bus, 'temper.features.users', 'shop.events'))) await sleep(POLL_MS);
  await features.stop();
  const registered = await registerAll(config, models);
  const promote = async (model: Promotion) => {
    const value = JSON.stringify(await signRecord(keysIn(config), { ...model, at_ms: Date.now() }));
    return outbox.publish('models', { key: model.surface, value });
  };
  await promote(registered[0]!);
  const following = await followBoard(bus);
  const scorer = await startScorer(config);
  return {
    config,
    bus,
    shop,
    models: registered,
    promote,
    resident_mb: () => scorer.resident_mb(),
    board: following.board,
    async stop() {
      await scorer.stop();
      await following.stop();
      await outbox.stop();
    },
  };
}

export async function fillShop({ products, events }: BenchShop, outbox: Outbox): Promise<void> {
  await Promise.all([
    ...products.map(product => outbox.publish('shop.catalogue', { key: product.item, value: JSON.stringify(product) })),
    ...events.map(event => outbox.publish('shop.events', { key: event.user, value: JSON.stringify(event) })),
  ]);
}

async function registerAll(config: Config, models: number): Promise<Promotion[]> {
  const places = { models: modelsIn(config), keys: keysIn(config) };
  const at_ms = Date.now();
  await ensureKey(places.keys, at_ms);
  const layout = { features: [...FEATURE_NAMES], features_version: FEATURES_VERSION };
  const lineage = { snapshot: null, parent: null, seed: null, code: 'bench', provider: null };
  const registered: Promotion[] = [];
  for (let n = 0; n < models; n++) {
    const model = `bench-${n}`;
    const parts = { id: model, kind: 'mlp', created_ms: at_ms, ...layout, lineage } as const;
    const { sha256 } = await registerModel(places.models, { ...parts, training: null, verdict: null }, benchRanker(n));
    await signModel(places, { model, manifest: sha256, surface: 'home', role: 'champion' }, at_ms);
    const promotion = {
      v: 1,
      surface: 'home',
      model,
      manifest: sha256,
      previous: null,
      at_ms,
      reason: 'bench',
    } as const;
    registered.push(promotion);
  }
  return registered;
}
