import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { TemperError } from '../../../schemas/errors.ts';

/** A file of numbered pieces, each with a time: `number UInt32, time Float64, size UInt32, bytes` one after the other. */
export interface Piece {
  number: number;
  at_ms: number;
  value: Buffer;
}

const HEAD_BYTES = 16;
/** What a rename says where there is a folder already that is not empty. */
const IS_THERE = new Set(['ENOTEMPTY', 'EEXIST']);

/**
 * A folder that is there whole or not at all: files are written beside it, and it gets its name when all are. Several may
 * be at it at once, such as an attempt that was given up and does not know it yet: each has a place of its own, and the
 * first that is done gives its own the name.
 */
export class WholeFolder {
  readonly #name: string;
  readonly #part: string;
  readonly #files = new Map<string, FileHandle>();

  constructor(name: string) {
    this.#name = name;
    this.#part = `${name}.${randomUUID()}.part`;
  }

  /** Whether it is there; otherwise there is a place now to write it. */
  async isThere(): Promise<boolean> {
    if (await stat(this.#name).catch(() => undefined)) return true;
    await mkdir(this.#part, { recursive: true });
    return false;
  }

  async append(file: string, { number, at_ms, value }: Piece): Promise<void> {
    let handle = this.#files.get(file);
    if (!handle) {
      handle = await open(path.join(this.#part, file), 'a');
      this.#files.set(file, handle);
    }
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32LE(number, 0);
    head.writeDoubleLE(at_ms, 4);
    head.writeUInt32LE(value.length, 12);
    await handle.appendFile(Buffer.concat([head, value]));
  }

  async finish(): Promise<void> {
    for (const handle of this.#files.values()) await handle.sync();
    await this.#close();
    try {
      await rename(this.#part, this.#name);
    } catch (error) {
      if (!IS_THERE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }

  /** Removes what has not become the folder. */
  async close(): Promise<void> {
    await this.#close();
    await rm(this.#part, { recursive: true, force: true });
  }

  async #close(): Promise<void> {
    for (const handle of this.#files.values()) await handle.close();
    this.#files.clear();
  }
}

/**
 * The pieces of a file, in the order in which they were appended, one at a time; none where the folder has no such file.
 *
 * @throws FILE_MISSING where there is no such folder: another machine may have it, or somebody removed it
 */
export async function* piecesIn(folder: string, file: string): AsyncGenerator<Piece> {
  const handle = await openIn(folder, file);
  if (!handle) return;
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    while (await fill(handle, head)) {
      const value = Buffer.allocUnsafe(head.readUInt32LE(12));
      if (!(await fill(handle, value))) throw endsEarly();
      yield { number: head.readUInt32LE(0), at_ms: head.readDoubleLE(4), value };
    }
  } finally {
    await handle.close();
  }
}

/** Several files as one: each in its own order, and of the next pieces of all the one with the earliest time. No more are in memory. */
export async function* merged(files: readonly AsyncGenerator<Piece>[]): AsyncGenerator<Piece> {
  try {
    const next: { piece: Piece; file: AsyncGenerator<Piece> }[] = [];
    for (const file of files) {
      const { value: piece, done } = await file.next();
      if (!done) next.push({ piece, file });
    }
    while (next.length > 0) {
      const first = next.reduce((a, b) => (b.piece.at_ms < a.piece.at_ms ? b : a));
      yield first.piece;
      const { value: piece, done } = await first.file.next();
      if (done) next.splice(next.indexOf(first), 1);
      else first.piece = piece;
    }
  } finally {
    for (const file of files) await file.return(undefined);
  }
}

async function openIn(folder: string, file: string): Promise<FileHandle | undefined> {
  try {
    return await open(path.join(folder, file));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    if (await stat(folder).catch(() => undefined)) return undefined;
    throw new TemperError('FILE_MISSING', {
      where: folder,
      expected: 'what an earlier step of the backfill made',
      next: 'Do all workers share TEMPER_DATA? Otherwise run one, or start the backfill again',
      cause,
    });
  }
}

/** @returns whether there was as much; false at the end of the file */
async function fill(handle: FileHandle, into: Buffer): Promise<boolean> {
  for (let filled = 0; filled < into.length; ) {
    const { bytesRead } = await handle.read(into, filled, into.length - filled);
    if (bytesRead === 0 && filled === 0) return false;
    if (bytesRead === 0) throw endsEarly();
    filled += bytesRead;
  }
  return true;
}

/** No folder gets its name before all of it is on the disk. */
function endsEarly(): Error {
  return new Error('a file of a backfill ends in the midst of a piece: somebody changed it');
}
