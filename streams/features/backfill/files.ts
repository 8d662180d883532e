import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

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
  readonly #files = new Map<string, Awaited<ReturnType<typeof open>>>();

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

  async append(file: string, pieces: Iterable<Piece>): Promise<void> {
    let handle = this.#files.get(file);
    if (!handle) {
      handle = await open(path.join(this.#part, file), 'a');
      this.#files.set(file, handle);
    }
    const buffers: Buffer[] = [];
    for (const { number, at_ms, value } of pieces) {
      const head = Buffer.alloc(HEAD_BYTES);
      head.writeUInt32LE(number, 0);
      head.writeDoubleLE(at_ms, 4);
      head.writeUInt32LE(value.length, 12);
      buffers.push(head, value);
    }
    await handle.appendFile(Buffer.concat(buffers));
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

/** The pieces of a file, in the order in which they were appended; none where there is no such file. */
export async function piecesOf(file: string): Promise<Piece[]> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at + HEAD_BYTES;
    const end = start + bytes.readUInt32LE(at + 12);
    pieces.push({
      number: bytes.readUInt32LE(at),
      at_ms: bytes.readDoubleLE(at + 4),
      value: bytes.subarray(start, end),
    });
    at = end;
  }
  return pieces;
}
