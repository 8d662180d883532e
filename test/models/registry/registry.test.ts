import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialFusion, servingFusion } from '../../../models/fusion/network.ts';
import type { FusionShape } from '../../../models/fusion/shape.ts';
import { encode } from '../../../models/graph/file/encode.ts';
import { ModelProto } from '../../../models/graph/file/onnx.ts';
import { add, cast, div, identity, log, mean, mul, reshape, slice, sum } from '../../../models/graph/functions.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { input, type Tensor } from '../../../models/graph/tensor.ts';
import { random } from '../../../models/random.ts';
import { batchOf } from '../../../models/ranker/dataset/pairs.ts';
import { rankerGraph } from '../../../models/ranker/ranker.ts';
import { openRanker } from '../../../models/registry/open-ranker.ts';
import { type ManifestParts, openModel, rankerFileOf, registerModel } from '../../../models/registry/registry.ts';
import { directoryStore } from '../../../models/registry/store/directory.ts';
import type { ModelStore } from '../../../models/registry/store/store.ts';
import { verifyModel } from '../../../models/registry/verify.ts';
import { describeRegistry, features, good, parts } from './contract.ts';

let root: string;
let store: ModelStore;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'temper-registry-'));
  store = directoryStore(root);
});
afterAll(() => rm(root, { recursive: true }));

describeRegistry(() => store, { atOnce: true });

describe('the registry in a directory', () => {
  it('has a directory for each model, with its files under their names, and leaves no drafts', async () => {
    await registerModel(store, parts('plain'), good);
    expect((await readdir(path.join(root, 'plain'))).sort()).toEqual(['manifest.json', 'model.onnx']);
    expect(new Uint8Array(await readFile(path.join(root, 'plain', 'model.onnx')))).toEqual(good);
    expect((await readdir(root)).filter(name => name.startsWith('.draft'))).toEqual([]);
  });

  it('reads no file that is larger than asked for, and nothing else that somebody has put there', async () => {
    await writeFile(path.join(root, 'nine'), '123456789');
    expect(await store.read('nine', 9)).toHaveLength(9);
    await expect(store.read('nine', 8)).rejects.toThrow(/MODEL_REFUSED.*a file of at most 8 bytes; got 9/);
    await symlink('/dev/zero', path.join(root, 'endless'));
    await expect(store.read('endless', 8)).rejects.toThrow(/MODEL_REFUSED.*got a directory, a device or a pipe/);
  });
});

describe('a bad model is not registered', () => {
  const ranker = (logit: (x: Tensor) => Tensor, width = 3) => encode(rankerGraph(width, logit));
  const first = (x: Tensor) => slice(x, 1, 0, 1);
  const x = input('features', 'float32', ['N', 3]);
  const score = reshape(first(x), [-1]);
  const changed = (change: (proto: ReturnType<typeof ModelProto.decode>) => void) => {
    const proto = ModelProto.decode(good);
    change(proto);
    return ModelProto.encode(proto).finish();
  };

  it.each<[string, Uint8Array, RegExp]>([
    ['half a file', good.slice(0, good.length / 2), /MODEL_REFUSED/],
    ['external data', changed(({ graph }) => (graph!.initializer![0]!.dataLocation = 1)), /data inside the file/],
    ['an unknown operation', changed(({ graph }) => (graph!.node![0]!.opType = 'Frobnicate')), /Frobnicate/],
    ['another domain', changed(({ graph }) => (graph!.node![0]!.domain = 'com.evil')), /com\.evil/],
    ['another width', ranker(first, 4), /features float32\[N, 3\]; got .*N, 4/],
    ['another output', encode(graphOf({ score, chance: score })), /probability float32\[N\].*got chance/],
    ['one output', encode(graphOf({ score })), /outputs probability.*; got score/],
    ['another input', encode(graphOf({ score, probability: add(score, input('bias', 'float32', [])) })), /got bias/],
    ['another type', encode(graphOf({ score: cast(score, 'float64'), probability: score })), /got .*score float64/],
    [
      'a fixed batch',
      encode(graphOf({ score: mean(x, [0]), probability: identity(score) })),
      /score float32\[N\]; got .*\[3\]/,
    ],
    [
      'NaN for a row of zeros',
      ranker(each => div(first(each), sum(each, [1], { keep: true }))),
      /zeros; expected finite/,
    ],
    ['NaN for usual rows', ranker(each => log(add(first(each), 1))), /usual rows; expected finite numbers; got/],
    ['infinity far out', ranker(each => mul(mul(first(each), 1e20), mul(first(each), 1e20))), /expected finite/],
  ])('with %s', async (name, bytes, message) => {
    await expect(registerModel(store, parts(`bad-${name.replaceAll(' ', '-')}`), bytes)).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringMatching(message),
    });
    expect((await readdir(root)).filter(each => each.startsWith('bad-'))).toEqual([]);
  });
});

it('a model that fails on one row in six is seen, however many features there are', async () => {
  for (let width = 60; width <= 120; width += 4) {
    const bytes = encode(rankerGraph(width, x => log(add(slice(x, 1, 0, 1), 1))));
    const names = Array.from({ length: width }, (_, feature) => `feature ${feature}`);
    const declared = { id: 'm', kind: 'mlp', features: names } as const;
    const verified = verifyModel(bytes, declared, { items: [], tables: undefined });
    await expect(verified, `${width} features`).rejects.toThrow(/finite numbers/);
  }
});

describe('a fusion ranker in the registry', () => {
  const shape = {
    features: features.length,
    hidden: [4],
    positions: 3,
    width: 4,
    items: 2,
    contents: { text: 8 },
  } as const;
  const standard = { mean: new Float32Array(3), scale: new Float32Array(3).fill(1) };
  const fusionGraph = (more: Partial<FusionShape> = {}) => {
    const given: FusionShape = { ...shape, ...more };
    return servingFusion(
      given,
      { standard, whitenings: {} },
      initialFusion(given, [0.1, 0.1, 0.1, 0.1], random(1)),
      [0.5, 0.3, 0.2],
    );
  };
  const fusionParts = (id: string): ManifestParts => ({
    ...parts(id),
    kind: 'fusion',
    contents: { text: { encoder: 'words@1', width: 8 } },
  });
  const items = ['cup', 'pot'];

  it('lies beside the items that it knows, and is opened by its kind', async () => {
    const registered = await registerModel(store, fusionParts('fusion'), encode(fusionGraph()), { items });
    expect((await readdir(path.join(root, 'fusion'))).sort()).toEqual(['items.json', 'manifest.json', 'model.onnx']);
    const opened = await openModel(store, 'fusion');
    expect(opened).toEqual(registered);
    expect(opened.items).toEqual(items);
    const ranker = await openRanker(rankerFileOf(opened));
    const vectors = { vector: (item: string) => (item === 'pot' ? new Float32Array(8).fill(0.35) : undefined) };
    const pairs = { items: ['pot', 'cup', 'new'], features: new Float32Array(9), history: ['cup'], vectors };
    const scores = await ranker.score(batchOf(pairs, opened.manifest.contents!));
    expect(scores).toHaveLength(3);
    expect(scores.every(Number.isFinite)).toBe(true);
    await ranker.release();
  });

  it('is refused where its items were changed, or another list of them is registered', async () => {
    await registerModel(store, fusionParts('other-items'), encode(fusionGraph()), { items });
    await expect(
      registerModel(store, fusionParts('other-items'), encode(fusionGraph()), { items: ['a', 'b'] }),
    ).rejects.toThrow(/one that is taken/);
    await writeFile(path.join(root, 'other-items', 'items.json'), '["pot","cup"]');
    await expect(openModel(store, 'other-items')).rejects.toThrow(/items.json; expected sha256/);
  });

  it.each<[string, Partial<ManifestParts>, Partial<FusionShape>, RegExp]>([
    [
      'reads vectors of another width',
      {},
      { contents: { text: 9 } },
      /inputs .*text float32\[U, 8\].*got .*text float32\[U, 9\]/,
    ],
    ['reads pictures that its manifest does not name', {}, { contents: { text: 8, image: 4 } }, /got .*image float32/],
    ['is called a perceptron', { kind: 'mlp' }, {}, /expected the inputs features float32\[N, 3\]; got/],
  ])('is refused where it %s', async (_, said, has, message) => {
    const wrong = { ...fusionParts('wrong'), ...said };
    await expect(registerModel(store, wrong, encode(fusionGraph(has)), { items })).rejects.toThrow(message);
  });
});
