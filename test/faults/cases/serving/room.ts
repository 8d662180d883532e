import { FEATURE_NAMES, FEATURES_VERSION } from '../../../../models/features/vector.ts';
import { sha256Of } from '../../../../models/registry/hash.ts';
import { ensureKey, keysIn } from '../../../../models/registry/keys.ts';
import { signModel } from '../../../../models/registry/signature.ts';
import { signRecord } from '../../../../models/registry/signed-record.ts';
import { modelsIn } from '../../../../models/registry/store/place.ts';
import type { ModelStore } from '../../../../models/registry/store/store.ts';
import { LIMITS } from '../../../../schemas/limits.ts';
import { Manifest, type Promotion } from '../../../../schemas/models/models.ts';
import type { RankedList } from '../../../../schemas/topics/ranking.ts';
import { admit } from '../../../../streams/admit.ts';
import { type Board, followBoard } from '../../../../streams/board.ts';
import type { Room } from '../../suite.ts';

/** What promotes, as the worker's activities do it, and what the scorers say of it. */
export interface ServingRoom {
  store: ModelStore;
  /** Directory of the keys that scorers know. */
  keys: string;
  board: Board;
  /** Puts a model into the registry as it is, without a look at it, signed with one of these keys or not at all. */
  plant(model: string, bytes: Uint8Array, signedBy?: string | null): Promise<Promotion>;
  /** Signs a record with the keys that scorers know, and puts it on `models`. */
  promote(promotion: Promotion): Promise<void>;
  /** Lists that are on the topic, of the run's users or of these, in the order of their partitions. */
  lists(isTheirs?: (user: string) => boolean): Promise<RankedList[]>;
  close(): Promise<void>;
}

export async function openServingRoom({ stack, traffic }: Room): Promise<ServingRoom> {
  const { config, bus } = stack;
  const [store, keys] = [modelsIn(config), keysIn(config)];
  await ensureKey(keys, Date.now());
  const outbox = await bus.outbox();
  const following = await followBoard(bus);
  return {
    store,
    keys,
    board: following.board,
    async plant(model, bytes, signedBy = keys) {
      const manifest = Buffer.from(JSON.stringify(manifestOf(model, sha256Of(bytes))));
      const sha256 = sha256Of(bytes);
      await store.add(model, [{ name: 'model.onnx', sha256, bytes }], manifest);
      const licence = { model, manifest: sha256Of(manifest), surface: 'home', role: 'champion' } as const;
      if (signedBy !== null) await signModel({ models: store, keys: signedBy }, licence, Date.now());
      const { role: _, ...named } = licence;
      return { v: 1, ...named, previous: null, at_ms: Date.now(), reason: 'a fault' };
    },
    async promote(promotion) {
      const record = await signRecord(keys, { ...promotion, at_ms: Date.now() });
      await outbox.publish('models', { key: promotion.surface, value: JSON.stringify(record) });
    },
    async lists(isTheirs = user => user.startsWith(`${traffic.prefix}-`)) {
      const lists: RankedList[] = [];
      await bus.follow({
        topics: ['rank.lists'],
        once: true,
        apply: (_topic, _partition, record) => {
          const list = isTheirs(record.key ?? '') ? admit('rank.lists', record) : undefined;
          if (list?.ok) lists.push(list.value);
        },
      });
      return lists;
    },
    async close() {
      await following.stop();
      await outbox.stop();
    },
  };
}

type Made = Pick<RankedList, 'arm' | 'model' | 'spent_ms'>;

/** Whether a request had waited for so long that its list goes without a model: on a busy machine that is no fault. */
export const isLate = ({ spent_ms }: Pick<Made, 'spent_ms'>) => spent_ms.queue > LIMITS.request_patience_ms;

/** Of lists that were in time: those that should be by a champion and are by none, or by one that may not serve. */
export function astray<L extends Made>(lists: readonly L[], mayServe: (model: string) => boolean = () => true): L[] {
  const isAstray = ({ arm, model }: L) => arm === 'fallback' || (arm === 'champion' && !mayServe(model));
  return lists.filter(list => !isLate(list) && isAstray(list));
}

function manifestOf(model: string, sha256: string): Manifest {
  return Manifest.parse({
    v: 1,
    id: model,
    kind: 'mlp',
    created_ms: Date.now(),
    features: [...FEATURE_NAMES],
    features_version: FEATURES_VERSION,
    files: { 'model.onnx': sha256 },
    lineage: { snapshot: null, parent: null, seed: null, code: 'faults', provider: null },
    training: null,
    verdict: null,
  });
}
