import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { TemperError } from '../schemas/errors.ts';

/** What one read or write of a large file moves. */
export const CHUNK_BYTES = 64 * 1024 * 1024;

const DRAFT = '.draft';
const FULL = ['ENOSPC', 'EDQUOT'];

/**
 * Writes a file whole or not at all: it takes its place when all of it is on the disk. Its directory is made.
 *
 * @throws DISK_FULL, or INPUT_INVALID where it can't be written; what was there is unchanged
 */
export async function writeWhole(target: string, parts: readonly Uint8Array[]): Promise<void> {
  await requirePlace(target);
  const draft = draftOf(target);
  try {
    const file = await open(draft, 'wx');
    try {
      for (const part of parts) await writeAll(file, part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, target);
    await sync(path.dirname(target));
  } catch (cause) {
    await rm(draft, { force: true });
    throw told(target, cause);
  }
}

/**
 * Fills bytes with what a file has from a place on.
 *
 * @returns how many there were
 */
export async function readInto(bytes: Uint8Array, file: FileHandle, from = 0): Promise<number> {
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await file.read(bytes, at, Math.min(CHUNK_BYTES, bytes.length - at), from + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return at;
}

/**
 * That `writeWhole` can make a file there, as far as can be known before: asked ahead of long work. Makes its directory.
 *
 * @throws as `writeWhole`
 */
export async function requireWritable(target: string): Promise<void> {
  await requirePlace(target);
  const draft = draftOf(target);
  try {
    await (await open(draft, 'wx')).close();
    await rm(draft);
  } catch (cause) {
    throw told(target, cause);
  }
}

/** Removes what writers of this file left behind when they were killed. For a file that one process alone writes. */
export async function removeDrafts(target: string): Promise<void> {
  const { dir, base } = path.parse(target);
  const names = await readdir(dir).catch(() => []);
  const drafts = names.filter(name => name.startsWith(`${base}.`) && name.endsWith(DRAFT));
  await Promise.all(drafts.map(name => rm(path.join(dir, name), { force: true })));
}

/** A directory that is there, and no directory or device where the file will be, which a rename would replace. */
async function requirePlace(target: string): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true }).catch((cause: unknown) => {
    throw told(target, cause);
  });
  const found = await stat(target).catch(() => undefined);
  if (!found || found.isFile()) return;
  const got = found.isDirectory() ? 'a directory' : 'something that is not a file';
  throw new TemperError('INPUT_INVALID', { where: target, expected: 'the place of a file', got });
}

function draftOf(target: string): string {
  return `${target}.${randomUUID()}${DRAFT}`;
}

function told(where: string, cause: unknown): TemperError {
  return FULL.includes((cause as NodeJS.ErrnoException).code ?? '')
    ? new TemperError('DISK_FULL', { where, next: 'Free some space; what was there is unchanged', cause })
    : new TemperError('INPUT_INVALID', { where, expected: 'a file that can be written', cause });
}

/** A rename is on the disk when its directory is. */
async function sync(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, Math.min(CHUNK_BYTES, bytes.length - at))).bytesWritten;
  }
}
