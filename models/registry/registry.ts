import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { TemperError } from '../../schemas/errors.ts';
import { id } from '../../schemas/events.ts';
import { LIMITS } from '../../schemas/limits.ts';
import { Manifest } from '../../schemas/models.ts';
import { sha256Of } from './hash.ts';
import type { RankerFile } from './open-ranker.ts';
import { verifyModel } from './verify.ts';

/** A model as it lies in the registry: its manifest, that manifest's sha256, and where its graph is. */
export interface RegisteredModel {
  manifest: Manifest;
  sha256: string;
  path: string;
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
export type ManifestParts = Omit<Manifest, 'v' | 'files'>;

const MODEL = 'model.onnx';
const ITEMS = 'items.json';
const TABLES = 'tables.bin';
const MANIFEST = 'manifest.json';
const MANIFEST_BYTES = 1024 * 1024;
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * Puts a model into the registry: a directory `<root>/<id>/` with `model.onnx`, `manifest.json`, and `items.json` and
 * `tables.bin` where there are any. It appears whole or not at all and never changes. To register the same model under
 * the same id again gives what is there.
 *
 * @throws MODEL_REFUSED where the model does not pass `verifyModel`, or the id belongs to another one
 */
export async function registerModel(
  root: string,
  parts: ManifestParts,
  bytes: Uint8Array,
  { items = [], tables }: Beside = {},
): Promise<RegisteredModel> {
  const files = {
    [MODEL]: bytes,
    ...(items.length > 0 && { [ITEMS]: Buffer.from(JSON.stringify(items)) }),
    ...(tables && { [TABLES]: tables }),
  };
  const hashes = Object.entries(files).map(([name, content]) => [name, sha256Of(content)]);
  const manifest = Manifest.parse({ v: 1, ...parts, files: Object.fromEntries(hashes) });
  const place = placeOf(root, manifest.id);
  await verifyModel(bytes, manifest, { items, tables });

  const draft = path.join(root, `.draft-${randomUUID()}`);
  await mkdir(draft, { recursive: true });
  try {
    for (const [name, content] of Object.entries(files)) await writeSynced(path.join(draft, name), content);
    await writeSynced(path.join(draft, MANIFEST), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
    await rename(draft, place);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!isTaken(error)) throw error;
  }
  const registered = await openModel(root, manifest.id);
  if (isDeepStrictEqual(registered.manifest.files, manifest.files)) return registered;
  return refuse(`model ${manifest.id}`, 'an id that no other model has', 'one that is taken', 'Choose another id');
}

/**
 * Opens a model after looking at all of it: sizes, the hash of every file, and what `verifyModel` looks at.
 *
 * @param expected the sha256 of its manifest, where it is known: with another one nothing of it is opened
 * @throws MODEL_REFUSED with the reason
 */
export async function openModel(root: string, model: string, expected?: string): Promise<RegisteredModel> {
  const place = placeOf(root, model);
  const written = await readWithin(path.join(place, MANIFEST), MANIFEST_BYTES);
  const sha256 = sha256Of(written);
  if (expected !== undefined && sha256 !== expected) refuse(`model ${model}`, `manifest ${expected}`, sha256);
  const manifest = parseManifest(written, model);
  const files: Record<string, Uint8Array> = {};
  for (const [name, sha256] of Object.entries(manifest.files)) {
    if (name !== path.basename(name)) refuse(`model ${model}`, 'files inside its directory', name);
    const bytes = await readWithin(path.join(place, name), LIMITS.model_bytes);
    const got = sha256Of(bytes);
    if (got !== sha256) refuse(`model ${model}, ${name}`, `sha256 ${sha256}`, got);
    files[name] = bytes;
  }
  const items = files[ITEMS] ? parseItems(files[ITEMS], model) : [];
  const { [MODEL]: graph, [TABLES]: tables } = files;
  if (!graph) return refuse(`model ${model}`, `the hash of ${MODEL}`, Object.keys(manifest.files).join(', '));
  await verifyModel(graph, manifest, { items, tables });
  return { manifest, sha256, path: path.join(place, MODEL), graph, items, ...(tables && { tables }) };
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
export function placeOf(root: string, model: string): string {
  return ID.test(model) ? path.join(root, model) : refuse('the registry', 'an id of letters, digits, . _ and -', model);
}

async function readWithin(file: string, limit_bytes: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(file);
    return size <= limit_bytes ? await readFile(file) : refuse(file, `at most ${limit_bytes} bytes`, String(size));
  } catch (cause) {
    if (cause instanceof TemperError) throw cause;
    throw new TemperError('MODEL_REFUSED', { where: file, expected: 'a file that can be read', cause });
  }
}

async function writeSynced(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A registered model as `openRanker` takes it. */
export function rankerFileOf({ manifest, graph, items, tables }: RegisteredModel): RankerFile {
  const { kind, features, contents = {} } = manifest;
  return { kind, model: graph, features: features.length, items, contents, ...(tables && { tables }) };
}

function isTaken(error: unknown): boolean {
  return ['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function refuse(where: string, expected: string, got: string, next?: string): never {
  throw new TemperError('MODEL_REFUSED', { where, expected, got, ...(next ? { next } : {}) });
}
