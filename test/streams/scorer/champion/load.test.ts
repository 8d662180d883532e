import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benchRanker } from '../../../../bench/scorer/ranker.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../../../models/features/vector.ts';
import { fusionParameters, servingFusion } from '../../../../models/fusion/network.ts';
import { encode } from '../../../../models/graph/file/encode.ts';
import { encodeTables } from '../../../../models/next-item/tables.ts';
import { random } from '../../../../models/random.ts';
import type { Pairs } from '../../../../models/ranker/dataset/pairs.ts';
import { sha256Of } from '../../../../models/registry/hash.ts';
import { ensureKey } from '../../../../models/registry/keys.ts';
import { type ManifestParts, registerModel } from '../../../../models/registry/registry.ts';
import { directoryStore } from '../../../../models/registry/store/directory.ts';
import { LIMITS } from '../../../../schemas/limits.ts';
import { type Config, readConfig } from '../../../../schemas/settings/config.ts';
import type { Ranker } from '../../../../streams/scorer/champion/champion.ts';
import { loadRanker } from '../../../../streams/scorer/champion/load.ts';
import { slowRanker, slowSequenceRanker } from '../../../faults/cases/serving/bad-models.ts';
import { ITEMS, NAMES, TABLES } from '../../../models/next-item/blends.ts';
import { promotionOf, signed } from '../scorer-room.ts';

const WIDTH = FEATURE_NAMES.length;

let root: string;
let ranker: Ranker;
let config: Config;
const told: string[] = [];
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'temper-load-'));
  const models = directoryStore(root);
  const { sha256 } = await registerModel(models, PARTS, fusion(), { items: ['cup', 'pan'] });
  config = readConfig({ TEMPER_KEYS: path.join(root, 'keys') }, {});
  await ensureKey(config.keys!, Date.now());
  const promotion = await signed(models, config.keys!, promotionOf('fusion', sha256));
  ranker = await loadRanker(models, promotion, config, step => told.push(step));
});
afterAll(async () => {
  await ranker.release();
  await rm(root, { recursive: true });
});

const PARTS: ManifestParts = {
  id: 'fusion',
  kind: 'fusion',
  created_ms: 1_700_000_000_000,
  features: [...FEATURE_NAMES],
  features_version: FEATURES_VERSION,
  contents: { text: { encoder: 'words@1', width: 4 } },
  lineage: { snapshot: null, parent: null, seed: null, code: 'test', provider: null },
  training: null,
  verdict: null,
};

/** A small fusion ranker with all of its weights drawn at random. */
function fusion(): Uint8Array {
  const shape = {
    features: WIDTH,
    hidden: [4],
    positions: 1,
    width: 8,
    items: 2,
    contents: { text: 4 },
  };
  const standard = { mean: new Float32Array(WIDTH), scale: new Float32Array(WIDTH).fill(1) };
  const draws = random(1);
  const values = Float32Array.from({ length: fusionParameters(shape).size }, () => draws.normal());
  return encode(servingFusion(shape, { standard, whitenings: {} }, values, [1]));
}

it('a model tells what is done to it before it serves, in order', () => {
  expect(told).toEqual(['fetch', 'open', 'warm']);
});

const asked: string[] = [];
const pairs: Pairs = {
  items: ['cup', 'pan', 'new'],
  features: new Float32Array(3 * WIDTH),
  history: ['pan', 'old'],
  vectors: {
    vector: (item, modality, encoder) => {
      asked.push(`${modality}/${encoder}`);
      return item === 'new' || item === 'old' ? Float32Array.of(0.5, 0.5, 0.5, 0.5) : undefined;
    },
  },
};
const scores = (more: Partial<Pairs> = {}) => ranker.score({ ...pairs, ...more });

describe('a fusion ranker that serves', () => {
  it('tells items apart by their ids and by their vectors, those of the encoder that it was trained on', async () => {
    const [cup, pan, fresh] = await scores();
    expect(new Set([cup, pan, fresh]).size).toBe(3);
    expect(new Set(asked)).toEqual(new Set(['text/words@1']));
    const blind = await scores({
      vectors: { vector: (item, ...rest) => (item === 'new' ? undefined : pairs.vectors.vector(item, ...rest)) },
    });
    expect([...blind.subarray(0, 2)]).toEqual([cup, pan].map(score => expect.closeTo(score!, 4)));
    expect(blind[2]).not.toBeCloseTo(fresh!, 4);
  });

  it('looks at the history', async () => {
    expect(await scores({ history: ['cup'] })).not.toEqual(await scores());
    expect((await scores({ history: [] })).every(Number.isFinite)).toBe(true);
  });
});

/** A perceptron of the usual size, from a registry that tells when the model's own file was read. */
async function perceptron(id: string, onRead = () => {}): Promise<Ranker> {
  const files = directoryStore(root);
  const read: typeof files.read = async (name, limit) => {
    const bytes = await files.read(name, limit);
    if (name.endsWith('.onnx')) onRead();
    return bytes;
  };
  const { contents: _, ...parts } = { ...PARTS, id, kind: 'mlp' } as const;
  const { sha256 } = await registerModel(files, parts, benchRanker(1));
  return loadRanker({ ...files, read }, await signed(files, config.keys!, promotionOf(id, sha256)), config);
}

it('a model whose first runs wait behind those of a busy champion is not slow by that', async () => {
  const champion = await perceptron('champion');
  const rows = 8_000;
  const many = {
    ...pairs,
    items: Array.from({ length: rows }, (_, n) => String(n)),
    features: new Float32Array(rows * WIDTH),
  };
  let isLoading = true;
  const busy: Promise<void>[] = [];
  const run = async () => {
    while (isLoading) await champion.score(many);
  };
  const challenger = await perceptron('challenger', () => busy.push(...Array.from({ length: 12 }, run))).finally(() => {
    isLoading = false;
  });
  await Promise.all(busy);
  expect(busy.length).toBeGreaterThan(0);
  await Promise.all([champion.release(), challenger.release()]);
});

it('a model that scores otherwise here than where it was registered is refused', async () => {
  const models = directoryStore(root);
  const { contents: _, ...parts } = { ...PARTS, id: 'otherwise', kind: 'mlp' } as const;
  const { manifest } = await registerModel(models, parts, benchRanker(1));
  expect(new Set(manifest.golden).size).toBeGreaterThan(10);
  const promoted = async (golden: number[]) => {
    const bytes = Buffer.from(JSON.stringify({ ...manifest, golden }));
    await writeFile(path.join(root, 'otherwise', 'manifest.json'), bytes);
    return signed(models, config.keys!, promotionOf('otherwise', sha256Of(bytes)));
  };
  const spread = Math.max(...manifest.golden!) - Math.min(...manifest.golden!);
  const off = (share: number) => manifest.golden!.with(3, manifest.golden![3]! + share * spread);
  await (await loadRanker(models, await promoted(off(0.005)), config)).release();
  const refused = /MODEL_REFUSED.*model otherwise, golden score 4 of 16.*as when it was registered/s;
  await expect(loadRanker(models, await promoted(off(0.02)), config)).rejects.toThrow(refused);
});

const TOO_SLOW = new RegExp(`MODEL_REFUSED.* ${LIMITS.score_ms} ms at most`, 's');

it('a model that would hold the thread for too long is refused, whoever has signed it', async () => {
  const models = directoryStore(root);
  const { contents: _, ...parts } = { ...PARTS, id: 'slow', kind: 'mlp' } as const;
  const { sha256 } = await registerModel(models, parts, slowRanker());
  const promotion = await signed(models, config.keys!, promotionOf('slow', sha256));
  await expect(loadRanker(models, promotion, config)).rejects.toThrow(TOO_SLOW);
});

it('so is a sequence ranker, which answers at once who asks again for the same history', async () => {
  const models = directoryStore(root);
  const { contents: _, ...parts } = { ...PARTS, id: 'slow-sequence', kind: 'sequence' } as const;
  const settings = { ...TABLES.settings, length: ITEMS };
  const beside = { items: NAMES, tables: encodeTables({ ...TABLES, settings }) };
  const { sha256 } = await registerModel(models, parts, slowSequenceRanker(ITEMS), beside);
  const promotion = await signed(models, config.keys!, promotionOf('slow-sequence', sha256));
  await expect(loadRanker(models, promotion, config)).rejects.toThrow(TOO_SLOW);
}, 60_000);
