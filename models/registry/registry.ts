import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';
import { Manifest } from '../../schemas/models.ts';
import { sha256Of } from './hash.ts';
import { verifyModel } from './verify.ts';

/** A model as it lies in the registry: its manifest, that manifest's sha256, and where its graph is. */
export interface RegisteredModel {
  manifest: Manifest;
  sha256: string;
  path: string;
}

/** What whoever registers a model says of it; the registry adds the rest. */
export type ManifestParts = Omit<Manifest, 'v' | 'files'>;

const MODEL = 'model.onnx';
const MANIFEST = 'manifest.json';
const MANIFEST_BYTES = 1024 * 1024;
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/**
 * Puts a model into the registry: a directory `<root>/<id>/` with `model.onnx` and `manifest.json`, which appears whole
 * or not at all and never changes. To register the same model under the same id again gives what is there.
 *
 * @throws MODEL_REFUSED where the model does not pass `verifyModel`, or the id belongs to another one
 */
export async function registerModel(root: string, parts: ManifestParts, bytes: Uint8Array): Promise<RegisteredModel> {
  const manifest = Manifest.parse({ v: 1, ...parts, files: { [MODEL]: sha256Of(bytes) } });
  const place = placeOf(root, manifest.id);
  await verifyModel(bytes, manifest);

  const draft = path.join(root, `.draft-${randomUUID()}`);
  await mkdir(draft, { recursive: true });
  try {
    await writeSynced(path.join(draft, MODEL), bytes);
    await writeSynced(path.join(draft, MANIFEST), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
    await rename(draft, place);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!isTaken(error)) throw error;
  }
  const registered = await openModel(root, manifest.id);
  if (registered.manifest.files[MODEL] === manifest.files[MODEL]) return registered;
  return refuse(`model ${manifest.id}`, 'an id that no other model has', 'one that is taken', 'Choose another id');
}

/**
 * Opens a model after looking at all of it: sizes, the hash of every file, and what `verifyModel` looks at.
 *
 * @throws MODEL_REFUSED with the reason
 */
export async function openModel(root: string, id: string): Promise<RegisteredModel> {
  const place = placeOf(root, id);
  const written = await readWithin(path.join(place, MANIFEST), MANIFEST_BYTES);
  const manifest = parseManifest(written, id);
  for (const [name, sha256] of Object.entries(manifest.files)) {
    if (name !== path.basename(name)) refuse(`model ${id}`, 'files inside its directory', name);
    const bytes = await readWithin(path.join(place, name), LIMITS.model_bytes);
    const got = sha256Of(bytes);
    if (got !== sha256) refuse(`model ${id}, ${name}`, `sha256 ${sha256}`, got);
    if (name === MODEL) await verifyModel(bytes, manifest);
  }
  if (!(MODEL in manifest.files)) refuse(`model ${id}`, `the hash of ${MODEL}`, Object.keys(manifest.files).join(', '));
  return { manifest, sha256: sha256Of(written), path: path.join(place, MODEL) };
}

function parseManifest(bytes: Uint8Array, id: string): Manifest {
  const where = `manifest of ${id}`;
  try {
    const manifest = Manifest.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    return manifest.id === id ? manifest : refuse(where, id, manifest.id);
  } catch (cause) {
    if (cause instanceof TemperError) throw cause;
    throw new TemperError('MODEL_REFUSED', { where, expected: 'a manifest', cause });
  }
}

/** Ids come in over topics: one that is not a plain name could lead out of the registry. */
function placeOf(root: string, id: string): string {
  return ID.test(id) ? path.join(root, id) : refuse('the registry', 'an id of letters, digits, . _ and -', id);
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

function isTaken(error: unknown): boolean {
  return ['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function refuse(where: string, expected: string, got: string, next?: string): never {
  throw new TemperError('MODEL_REFUSED', { where, expected, got, ...(next ? { next } : {}) });
}
