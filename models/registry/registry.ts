import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';
import { Manifest } from '../../schemas/models/models.ts';
import { id } from '../../schemas/topics/events.ts';
import { goldenScores } from './golden.ts';
import { sha256Of } from './hash.ts';
import { openRanker, type RankerFile } from './open-ranker.ts';
import { MANIFEST, type ModelStore } from './store/store.ts';
import { verifyModel } from './verify.ts';

/** A model as it lies in the registry: its manifest, that manifest's sha256, and what its files hold. */
export interface RegisteredModel {
  manifest: Manifest;
  sha256: string;
  /** The graph's bytes, which were looked at: what is opened afterwards is these, and not what lies there by then. */
  graph: Uint8Array;
  /** The items that a fusion or sequence ranker knows by their ids, in the order of their rows. */
  items: readonly string[];
  /** What a sequence ranker serves from beside its graph. */
  tables?: Uint8Array;
}

/** What stands in a model's directory beside its graph, where its kind has it. */
export type Beside = Partial<Pick<RegisteredModel, 'items' | 'tables'>>;

/** What whoever registers a model says of it; the registry adds the rest. */
export type ManifestParts = Omit<Manifest, 'v' | 'files' | 'golden'>;

const MODEL = 'model.onnx';
const ITEMS = 'items.json';
const TABLES = 'tables.bin';
const MANIFEST_BYTES = 1024 * 1024;
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * Puts a model into the registry: `model.onnx`, `manifest.json`, and `items.json` and `tables.bin` where there are any. It
 * appears whole or not at all and never changes. To register the same model under the same id again gives what is there.
 *
 * @throws MODEL_REFUSED where the model does not pass `verifyModel`, or the id belongs to another one
 */
export async function registerModel(
  store: ModelStore,
  parts: ManifestParts,
  bytes: Uint8Array,
  { items = [], tables }: Beside = {},
): Promise<RegisteredModel> {
  const files = {
    [MODEL]: bytes,
    ...(items.length > 0 && { [ITEMS]: Buffer.from(JSON.stringify(items)) }),
    ...(tables && { [TABLES]: tables }),
  };
  const hashed = Object.entries(files).map(([name, bytes]) => ({ name, sha256: sha256Of(bytes), bytes }));
  const hashes = Object.fromEntries(hashed.map(({ name, sha256 }) => [name, sha256]));
  const told = Manifest.parse({ v: 1, ...parts, files: hashes });
  requirePlain(told.id);
  await verifyModel(bytes, told, { items, tables });
  const manifest: Manifest = {
    ...told,
    golden: await goldenOf({ manifest: told, graph: bytes, items, ...(tables && { tables }) }),
  };
  await store.add(manifest.id, hashed, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  const registered = await openModel(store, manifest.id);
  if (isDeepStrictEqual(registered.manifest.files, manifest.files)) return registered;
  return refuse(`model ${manifest.id}`, 'an id that no other model has', 'one that is taken', 'Choose another id');
}

async function goldenOf(model: Omit<RegisteredModel, 'sha256'>): Promise<number[]> {
  const ranker = await openRanker(rankerFileOf(model));
  try {
    return await goldenScores(model, ranker);
  } finally {
    await ranker.release();
  }
}

/**
 * Opens a model after looking at all of it: sizes, the hash of every file, and what `verifyModel` looks at.
 *
 * @param expected the sha256 of its manifest, where it is known: with another one nothing of it is opened
 * @throws MODEL_REFUSED with the reason
 */
export async function openModel(store: ModelStore, model: string, expected?: string): Promise<RegisteredModel> {
  requirePlain(model);
  const written = await read(store, `${model}/${MANIFEST}`, MANIFEST_BYTES);
  const sha256 = sha256Of(written);
  if (expected !== undefined && sha256 !== expected) refuse(`model ${model}`, `manifest ${expected}`, sha256);
  const manifest = parseManifest(written, model);
  const files: Record<string, Uint8Array> = {};
  for (const [name, sha256] of Object.entries(manifest.files)) {
    if (name !== path.basename(name)) refuse(`model ${model}`, 'files inside its directory', name);
    const bytes = await read(store, store.nameOf(model, { name, sha256 }), LIMITS.model_bytes);
    const got = sha256Of(bytes);
    if (got !== sha256) refuse(`model ${model}, ${name}`, `sha256 ${sha256}`, got);
    files[name] = bytes;
  }
  const items = files[ITEMS] ? parseItems(files[ITEMS], model) : [];
  const { [MODEL]: graph, [TABLES]: tables } = files;
  if (!graph) return refuse(`model ${model}`, `the hash of ${MODEL}`, Object.keys(manifest.files).join(', '));
  await verifyModel(graph, manifest, { items, tables });
  return { manifest, sha256, graph, items, ...(tables && { tables }) };
}

function parseItems(bytes: Uint8Array, model: string): string[] {
  const where = `model ${model}, ${ITEMS}`;
  try {
    return z.array(id).parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new TemperError('MODEL_REFUSED', { where, expected: 'a list of items', cause });
  }
}

function parseManifest(bytes: Uint8Array, model: string): Manifest {
  const where = `manifest of ${model}`;
  try {
    const manifest = Manifest.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    return manifest.id === model ? manifest : refuse(where, model, manifest.id);
  } catch (cause) {
    if (cause instanceof TemperError) throw cause;
    throw new TemperError('MODEL_REFUSED', { where, expected: 'a manifest', cause });
  }
}

/** Ids come in over topics: one that is not a plain name could lead out of the registry. */
export function requirePlain(model: string): void {
  if (!ID.test(model)) refuse('the registry', 'an id of letters, digits, . _ and -', model);
}

async function read(store: ModelStore, name: string, limit_bytes: number): Promise<Uint8Array> {
  const bytes = await store.read(name, limit_bytes);
  return bytes ?? refuse(`${name} in ${store.where}`, 'a file that can be read', 'no such file');
}

/** A registered model as `openRanker` takes it. */
export function rankerFileOf({ manifest, graph, items, tables }: Omit<RegisteredModel, 'sha256'>): RankerFile {
  const { kind, features, contents = {} } = manifest;
  return { kind, model: graph, features: features.length, items, contents, ...(tables && { tables }) };
}

function refuse(where: string, expected: string, got: string, next?: string): never {
  throw new TemperError('MODEL_REFUSED', { where, expected, got, ...(next ? { next } : {}) });
}
