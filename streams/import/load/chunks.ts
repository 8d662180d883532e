import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { TemperError } from '../../../schemas/errors.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import type { ArchiveFile } from './files.ts';

/** Whole lines of a file. */
export interface Chunk {
  /** The number of its first line in the file, from 0. */
  first: number;
  rows: number;
  /** Where the next one begins, in the text. */
  end_bytes: number;
  body: Buffer;
}

export interface Place {
  rows: number;
  bytes: number;
}

const NEWLINE = 10;
const BOM = Buffer.from('\uFEFF');

/**
 * A file's lines in chunks, the last with a line break too. From a place on, which a chunk before has told, they are
 * the same again.
 *
 * @throws INPUT_INVALID where a line is longer than any record may be
 */
export async function* chunksOf(
  file: ArchiveFile,
  from: Place = { rows: 0, bytes: 0 },
  size: number = LIMITS.import_chunk_bytes,
): AsyncGenerator<Chunk> {
  let { rows: first, bytes: end_bytes } = from;
  let [held, length] = [[] as Buffer[], 0];
  const cut = (body: Buffer): Chunk => {
    const chunk = { first, rows: linesIn(body), end_bytes: end_bytes + body.length, body };
    first += chunk.rows;
    end_bytes = chunk.end_bytes;
    return chunk;
  };
  for await (const piece of textOf(file, from.bytes)) {
    held.push(piece);
    length += piece.length;
    if (length < size) continue;
    const all = Buffer.concat(held, length);
    const end = all.lastIndexOf(NEWLINE) + 1;
    if (end === 0 && length > LIMITS.record_bytes) throw overlong(file, first);
    if (end > 0) yield cut(all.subarray(0, end));
    [held, length] = [[all.subarray(end)], all.length - end];
  }
  if (length > 0 && held.at(-1)!.at(-1) !== NEWLINE) held = [...held, Buffer.of(NEWLINE)];
  if (length > 0) yield cut(Buffer.concat(held));
}

async function* textOf({ path, gzip }: ArchiveFile, from_bytes: number): AsyncGenerator<Buffer> {
  const packed = createReadStream(path, { highWaterMark: 256 * 1024, ...(gzip ? {} : { start: from_bytes }) });
  // Its errors are those of the last stream, which is read here.
  const text = gzip ? pipeline(packed, createGunzip({ chunkSize: 256 * 1024 }), () => {}) : packed;
  try {
    let left = gzip ? from_bytes : 0;
    let begun = from_bytes > 0;
    for await (const each of text) {
      const piece = each as Buffer;
      const skipped = Math.min(left, piece.length);
      left -= skipped;
      // A mark of the byte order stays in the count, and gives way to spaces.
      if (!begun && piece.subarray(0, BOM.length).equals(BOM)) piece.fill(' ', 0, BOM.length);
      begun = true;
      if (skipped < piece.length) yield piece.subarray(skipped);
    }
  } catch (cause) {
    throw new TemperError('INPUT_INVALID', { expected: 'a file that can be read', where: path, cause });
  } finally {
    packed.destroy();
  }
}

function linesIn(body: Buffer): number {
  let lines = 0;
  for (let at = body.indexOf(NEWLINE); at >= 0; at = body.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}

function overlong({ path }: ArchiveFile, line: number): TemperError {
  return new TemperError('INPUT_INVALID', {
    expected: `lines of at most ${LIMITS.record_bytes} bytes`,
    got: 'a longer one',
    where: `${path}, line ${line + 1}`,
    next: 'Is it JSON, one record a line?',
  });
}
