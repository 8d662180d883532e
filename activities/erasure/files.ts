import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { readDataset } from '../../models/ranker/dataset-file.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import { MANIFEST, type ModelStore } from '../../models/registry/store/store.ts';
import type { Config } from '../../schemas/config.ts';
import type { Erasing, Remain } from '../../schemas/erasures.ts';
import { Manifest } from '../../schemas/models.ts';
import { snapshotsIn, trainingIn } from '../places.ts';
import type { Ports } from '../ports.ts';
import { noteDeeds } from './record.ts';
import { namesOf } from './subject.ts';
import { isIn, tracesOf } from './traces.ts';

/** A snapshot that was just made is about to be trained on. */
const YOUNG_MS = 60_000;
const MANIFEST_BYTES = 1024 * 1024;

/**
 * Removes the snapshots of examples that have something of the user, but for those on which somebody trains: a training
 * ends, and then they go. They are noted before, and so are the models that were trained on one of them.
 */
export async function eraseSnapshots({ config, store }: Ports, { erasure }: Pick<Erasing, 'erasure'>): Promise<void> {
  const isTraining = await isAnyTraining(config);
  const found = await concerned(config, await tracesOf(store, erasure));
  const ripe = found.filter(({ isYoung }) => !isYoung && !isTraining);
  const snapshots = ripe.map(({ sha256 }) => sha256);
  await noteDeeds(store, erasure, 'snapshot', snapshots);
  await noteDeeds(store, erasure, 'model', await trainedOn(modelsIn(config), new Set(snapshots)));
  for (const { file } of ripe) await rm(file, { force: true });
}

/** Files that have something of the user: snapshots by its traces, and whatever else lies here by its id. */
export async function scanFiles({ config, store }: Ports, { erasure }: Pick<Erasing, 'erasure'>): Promise<Remain[]> {
  const snapshots = await concerned(config, await tracesOf(store, erasure));
  const named = await namedIn(config.dataDir, await namesOf(store, erasure));
  return [...snapshots.map(({ file }) => file), ...named].map(file => {
    return { where: path.relative(config.dataDir, file), count: 1, expires_ms: null };
  });
}

async function concerned(config: Config, traces: ReadonlySet<string>) {
  const directory = snapshotsIn(config);
  const found: { file: string; sha256: string; isYoung: boolean }[] = [];
  for (const name of (await namesIn(directory)).filter(name => name.endsWith('.dataset'))) {
    const file = path.join(directory, name);
    const { dataset, sha256 } = await readDataset(file);
    if (!isIn(traces, dataset)) continue;
    found.push({ file, sha256, isYoung: (await stat(file)).mtimeMs > Date.now() - YOUNG_MS });
  }
  return found;
}

async function isAnyTraining(config: Config): Promise<boolean> {
  return (await namesIn(path.dirname(trainingIn(config, 'any')))).length > 0;
}

async function trainedOn(store: ModelStore, snapshots: ReadonlySet<string>): Promise<string[]> {
  const models: string[] = [];
  for (const name of snapshots.size > 0 ? await store.list('') : []) {
    const written = await store.read(`${name}/${MANIFEST}`, MANIFEST_BYTES).catch(() => undefined);
    const manifest = written && Manifest.safeParse(JSON.parse(Buffer.from(written).toString('utf8')));
    const snapshot = manifest?.success ? manifest.data.lineage.snapshot : null;
    if (snapshot !== null && snapshots.has(snapshot)) models.push(name);
  }
  return models;
}

/** What lies here of services, models and examples has no ids of users, or is scanned by itself. */
const LEFT_OUT = new Set(['services', 'models', 'snapshots', 'keys', 'media']);

/** Text files in which the id stands in quotes, and packed states in which it stands behind its length. */
async function namedIn(directory: string, names: readonly string[]): Promise<string[]> {
  const wanted = names.flatMap(name => [Buffer.from(JSON.stringify(name)), packed(name)]);
  const found: string[] = [];
  for (const name of await namesIn(directory)) {
    if (LEFT_OUT.has(name)) continue;
    for await (const file of filesIn(path.join(directory, name))) if (await holdsAny(file, wanted)) found.push(file);
  }
  return found;
}

/** A file, or all below a directory, but for what goes meanwhile. */
async function* filesIn(place: string): AsyncGenerator<string> {
  const isDirectory = await stat(place).then(
    found => found.isDirectory(),
    () => undefined,
  );
  if (isDirectory === false) yield place;
  if (isDirectory) for (const name of await namesIn(place)) yield* filesIn(path.join(place, name));
}

/** Piece by piece, each with the end of the one before. A file that goes meanwhile holds nothing. */
async function holdsAny(file: string, wanted: readonly Buffer[]): Promise<boolean> {
  const overlap = Math.max(...wanted.map(({ length }) => length));
  let end = Buffer.alloc(0);
  try {
    for await (const piece of createReadStream(file)) {
      const bytes = Buffer.concat([end, piece as Buffer]);
      if (wanted.some(text => bytes.includes(text))) return true;
      end = bytes.subarray(-overlap);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return false;
}

/** As a text stands in packed states: behind its length, which of a long one is more than a byte. */
function packed(name: string): Buffer {
  const bytes = Buffer.from(name);
  return bytes.length < 0x80 ? Buffer.concat([Buffer.of(bytes.length), bytes]) : bytes;
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => [] as string[]);
}
