import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encode } from '../../../models/graph/file/encode.ts';
import { ModelProto } from '../../../models/graph/file/onnx.ts';
import { add, cast, div, identity, log, mean, mul, reshape, slice, sum } from '../../../models/graph/functions.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { input, type Tensor } from '../../../models/graph/tensor.ts';
import { popularityModel } from '../../../models/ranker/popularity.ts';
import { rankerGraph } from '../../../models/ranker/ranker.ts';
import { type ManifestParts, openModel, registerModel } from '../../../models/registry/registry.ts';

const features = ['a', 'b', 'c'];
const good = popularityModel(features, 'b');
const parts = (id: string): ManifestParts => ({
  id,
  kind: 'popularity',
  created_ms: 1_700_000_000_000,
  features,
  features_version: 'v1',
  lineage: { snapshot: null, parent: null, seed: null, code: 'test', provider: null },
  training: null,
  verdict: null,
});

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'temper-registry-'));
});
afterAll(() => rm(root, { recursive: true }));

describe('the registry', () => {
  it('gives back what was registered, with the hash of its manifest', async () => {
    const registered = await registerModel(root, parts('m1'), good);
    const opened = await openModel(root, 'm1');
    expect(opened).toEqual(registered);
    expect(new Uint8Array(await readFile(opened.path))).toEqual(good);
    expect(opened.manifest).toMatchObject({ v: 1, ...parts('m1') });
    expect((await readdir(root)).filter(name => name.startsWith('.draft'))).toEqual([]);
  });

  it('takes the same model twice, and keeps the first manifest', async () => {
    const first = await registerModel(root, parts('twice'), good);
    const again = await registerModel(root, { ...parts('twice'), created_ms: 1_800_000_000_000 }, good);
    expect(again).toEqual(first);
  });

  it('takes the same model from several at once', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => registerModel(root, parts('race'), good)));
    expect(new Set(all.map(({ sha256 }) => sha256)).size).toBe(1);
  });

  it('refuses another model under an id that is taken', async () => {
    await registerModel(root, parts('taken'), good);
    await expect(registerModel(root, parts('taken'), popularityModel(features, 'c'))).rejects.toThrow(
      /one that is taken/,
    );
  });

  it.each(['../m1', 'a/b', '', '.draft-1', '..'])('refuses the id %j', async id => {
    await expect(openModel(root, id)).rejects.toThrow(/MODEL_REFUSED.*an id of letters/);
  });
});

describe('a model that was changed after it was registered', () => {
  it.each<[string, string, (bytes: Buffer) => Buffer, RegExp]>([
    ['a flipped bit', 'model.onnx', bytes => Buffer.from(bytes.map((b, at) => (at === 40 ? b ^ 1 : b))), /sha256/],
    ['half a file', 'model.onnx', bytes => bytes.subarray(0, bytes.length / 2), /sha256/],
    ['a manifest that is no JSON', 'manifest.json', bytes => bytes.subarray(1), /expected a manifest/],
    ['a manifest that lacks a field', 'manifest.json', bytes => edited(bytes, ({ kind: _, ...rest }) => rest), /kind/],
    ['the manifest of another', 'manifest.json', bytes => edited(bytes, each => ({ ...each, id: 'm2' })), /got m2/],
    ['a file elsewhere', 'manifest.json', bytes => edited(bytes, withFile('../../x')), /files inside its directory/],
    ['a hash for no file', 'manifest.json', bytes => edited(bytes, withFile('gone')), /a file that can be read/],
    ['no hash of the model', 'manifest.json', bytes => edited(bytes, each => ({ ...each, files: {} })), /the hash of/],
    ['one feature more', 'manifest.json', bytes => edited(bytes, moreFeatures), /features float32\[N, 4\]; got .*N, 3/],
  ])('is refused: %s', async (name, file, damage, message) => {
    const id = name.replaceAll(' ', '-');
    await registerModel(root, parts(id), good);
    const place = path.join(root, id, file);
    await writeFile(place, damage(await readFile(place)));
    await expect(openModel(root, id)).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringMatching(message),
    });
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
    await expect(registerModel(root, parts(`bad-${name.replaceAll(' ', '-')}`), bytes)).rejects.toMatchObject({
      code: 'MODEL_REFUSED',
      message: expect.stringMatching(message),
    });
    expect((await readdir(root)).filter(each => each.startsWith('bad-'))).toEqual([]);
  });
});

type Json = Record<string, unknown>;

function edited(bytes: Buffer, edit: (manifest: Json) => Json): Buffer {
  return Buffer.from(JSON.stringify(edit(JSON.parse(bytes.toString('utf8')) as Json)));
}

function withFile(name: string) {
  return (manifest: Json): Json => ({ ...manifest, files: { ...(manifest.files as Json), [name]: 'a'.repeat(64) } });
}

function moreFeatures(manifest: Json): Json {
  return { ...manifest, features: [...features, 'd'] };
}
