import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { TemperError } from '../../../schemas/errors.ts';
import { LIMITS } from '../../../schemas/limits.ts';

/** A file of an archive. It is known by its content: under another name or in another place it is the same. */
export interface ArchiveFile {
  path: string;
  bytes: number;
  format: 'parquet' | 'lines';
  gzip: boolean;
  /** Stands in its rows where those from Kafka have their topic. */
  topic: string;
}

/**
 * The files that are meant, in the order of their names; a name may hold `*` and `?` where no shell has resolved them.
 *
 * @throws INPUT_INVALID where there is none, or one that can't be read
 */
export async function findFiles(patterns: readonly string[]): Promise<string[]> {
  const found = await Promise.all(patterns.map(matching));
  return [...new Set(found.flat())];
}

async function matching(pattern: string): Promise<string[]> {
  const name = path.basename(pattern);
  if (!/[*?]/.test(name)) return [pattern];
  const expression = name
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const names = await readdir(path.dirname(pattern)).catch(cause => unreadable(path.dirname(pattern), cause));
  const those = names.filter(each => new RegExp(`^${expression}$`).test(each)).sort();
  if (those.length === 0) unreadable(pattern);
  return those.map(each => path.join(path.dirname(pattern), each));
}

/**
 * Reads the whole file once, for its hash. What it holds is seen by its first bytes, whatever it is called.
 *
 * @param onBytes hears how many were read
 * @throws INPUT_INVALID where it is no file that can be read, or too large a one of Parquet
 */
export async function identify(file: string, onBytes: (bytes: number) => void): Promise<ArchiveFile> {
  const { bytes, first } = await beginningOf(file).catch(cause => unreadable(file, cause));
  const format = first.toString('latin1') === 'PAR1' ? 'parquet' : 'lines';
  if (format === 'parquet' && bytes > LIMITS.parquet_bytes) {
    const expected = `a Parquet file of at most ${LIMITS.parquet_bytes} bytes`;
    const next = 'Write the archive as several files';
    throw new TemperError('INPUT_INVALID', { where: file, expected, got: `${bytes} bytes`, next });
  }
  const hash = createHash('sha256');
  let read = 0;
  try {
    for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
      hash.update(piece as Buffer);
      read += (piece as Buffer).length;
      onBytes(read);
    }
  } catch (cause) {
    return unreadable(file, cause);
  }
  const gzip = first[0] === 0x1f && first[1] === 0x8b;
  return { path: file, bytes, format, gzip, topic: `import.${hash.digest('hex').slice(0, 16)}` };
}

async function beginningOf(file: string): Promise<{ bytes: number; first: Buffer }> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK); // a pipe would be waited for
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new Error('it is a directory, a device or a pipe');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return { bytes: found.size, first: buffer.subarray(0, bytesRead) };
  } finally {
    await handle.close();
  }
}

function unreadable(where: string, cause?: unknown): never {
  throw new TemperError('INPUT_INVALID', {
    expected: 'a file of Parquet or JSON lines that can be read',
    where,
    next: 'Check the path and its permissions',
    ...(cause === undefined ? {} : { cause }),
  });
}
