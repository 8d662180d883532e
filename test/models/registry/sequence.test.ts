import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BlendTables } from '../../../models/next-item/tables.ts';
import { encodeTables } from '../../../models/next-item/tables.ts';
import { batchOf } from '../../../models/ranker/dataset/pairs.ts';
import { openRanker } from '../../../models/registry/open-ranker.ts';
import {
  type Beside,
  type ManifestParts,
  openModel,
  rankerFileOf,
  registerModel,
} from '../../../models/registry/registry.ts';
import { directoryStore } from '../../../models/registry/store/directory.ts';
import type { ModelStore } from '../../../models/registry/store/store.ts';
import { servingFile } from '../../../models/sequence/serve.ts';
import { blendFile, ITEMS, NAMES, rankerOf, TABLES } from '../next-item/blends.ts';

const PARTS: Omit<ManifestParts, 'id'> = {
  kind: 'sequence',
  created_ms: 1_700_000_000_000,
  features: ['price', 'click rate'],
  features_version: 'v1',
  lineage: { snapshot: null, parent: null, seed: null, code: 'test', provider: null },
  training: null,
  verdict: null,
};

let root: string;
let store: ModelStore;
let model: Uint8Array;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'temper-registry-'));
  store = directoryStore(root);
  ({ model } = await blendFile());
});
afterAll(() => rm(root, { recursive: true }));

const BESIDE = { items: NAMES, tables: encodeTables(TABLES) };
const tables = (changed: Partial<BlendTables>) => ({ ...BESIDE, tables: encodeTables({ ...TABLES, ...changed }) });
let serial = 0;
const register = (beside: Beside, changed: Partial<ManifestParts> = {}, bytes = model) =>
  registerModel(store, { id: `s${serial++}`, ...PARTS, ...changed }, bytes, beside);

describe('a sequence ranker in the registry', () => {
  it('lies beside its items and tables, and is opened by its kind', async () => {
    const registered = await register(BESIDE);
    const opened = await openModel(store, registered.manifest.id);
    expect(opened).toEqual(registered);
    expect((await readdir(path.join(root, opened.manifest.id))).sort()).toEqual([
      'items.json',
      'manifest.json',
      'model.onnx',
      'tables.bin',
    ]);
    const ranker = await openRanker(rankerFileOf(opened));
    const pairs = {
      items: ['item 3', 'new'],
      features: new Float32Array(4),
      history: ['item 1'],
      vectors: { vector: () => undefined },
    };
    expect((await ranker.score(batchOf(pairs, {}))).every(Number.isFinite)).toBe(true);
    expect(await ranker.next!(['item 1'], ITEMS)).toHaveLength(ITEMS - 1);
    await ranker.release();
  });

  it.each(['tables.bin', 'items.json'])('is refused where %s was changed or is gone', async name => {
    const { manifest } = await register(BESIDE);
    const place = path.join(root, manifest.id, name);
    const bytes = await readFile(place);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(place, bytes);
    await expect(openModel(store, manifest.id)).rejects.toThrow(`${name}; expected sha256`);
    await rm(place);
    await expect(openModel(store, manifest.id)).rejects.toThrow('MODEL_REFUSED');
  });

  const click = { ...TABLES.settings.click, column: 2 };
  it.each<[string, Beside, Partial<ManifestParts>, RegExp]>([
    ['has no tables', { items: NAMES }, {}, /tables of a blend/],
    ['has no items', { tables: BESIDE.tables }, {}, /items that differ/],
    ['has an item twice', { ...BESIDE, items: NAMES.with(1, NAMES[0]!) }, {}, /items that differ/],
    ['has tables of other items', { ...BESIDE, items: NAMES.slice(1) }, {}, /the beginnings of 11 rows/],
    [
      'reads a click rate that is no feature',
      tables({ settings: { ...TABLES.settings, click } }),
      {},
      /expected a click rate among 2 features; got column 2/,
    ],
    ['is called a perceptron', BESIDE, { kind: 'mlp' }, /expected the inputs features/],
  ])('is refused where it %s', async (_, beside, changed, message) => {
    await expect(register(beside, changed)).rejects.toThrow(message);
  });

  it('is refused where its graph knows other items, or gives what is not finite', async () => {
    const fewer = await servingFile([rankerOf({ items: ITEMS - 1 }, 1)]);
    await expect(register(BESIDE, {}, fewer)).rejects.toThrow(/score float32\[B, 12\]; got score float32\[B, 11\]/);
    const broken = await servingFile([rankerOf({ items: ITEMS }, 1e39)]);
    await expect(register(BESIDE, {}, broken)).rejects.toThrow(/MODEL_REFUSED/);
  });
});
