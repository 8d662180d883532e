import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { snapshotsIn } from '../../models/registry/snapshots.ts';
import type { Erasing, Remain } from '../../schemas/erasures.ts';
import type { Ports } from '../ports.ts';
import { snapshotsWith } from './snapshots.ts';
import { namesOf } from './subject.ts';

/** Files that have something of the user: snapshots by its traces, and whatever else lies here by its id. */
export async function scanFiles({ config, store }: Ports, { erasure }: Pick<Erasing, 'erasure'>): Promise<Remain[]> {
  const snapshots = snapshotsIn(config);
  const found = (await snapshotsWith(snapshots, store, erasure)).map(sha256 => snapshots.where(sha256));
  const named = await namedIn(config.dataDir, await namesOf(store, erasure));
  const places = [...(await Promise.all(found)), ...named.map(file => path.relative(config.dataDir, file))];
  return places.map(where => ({ where, count: 1, expires_ms: null }));
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
