import { open } from 'node:fs/promises';
import { TemperError } from '../../../schemas/errors.ts';
import { LIMITS } from '../../../schemas/limits.ts';

/**
 * The whole of a file of weights.
 *
 * @throws MODEL_REFUSED where it is not there or larger than a model may be
 */
export async function readBytes(file: string): Promise<Buffer> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw new TemperError('MODEL_REFUSED', { where: file, expected: 'a file that can be read', next: AGAIN, cause });
  });
  try {
    const found = await handle.stat();
    if (!found.isFile()) refuse(file, 'a file', 'a directory or a device');
    if (found.size > LIMITS.model_bytes) refuse(file, `at most ${LIMITS.model_bytes} bytes`, `${found.size} bytes`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

export function refuse(where: string, expected: string, got: string, cause?: unknown): never {
  throw new TemperError('MODEL_REFUSED', { where, expected, got, next: AGAIN, cause });
}

const AGAIN = 'If it is one of `temper models list`, delete its directory and fetch it again';

/** Takes what a file holds from its start on, in little-endian order, and refuses to read beyond its end. */
export class Cursor {
  readonly #bytes: Buffer;
  readonly #where: string;
  #at = 0;

  constructor(bytes: Buffer, where: string) {
    this.#bytes = bytes;
    this.#where = where;
  }

  /** How many bytes are not taken yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(count: number): Buffer {
    if (count > this.left) {
      refuse(`${this.#where}, byte ${this.#at}`, `${count} bytes`, `the end of the file after ${this.left}`);
    }
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  text(count: number): string {
    return this.take(count).toString('utf8');
  }

  u8(): number {
    return this.take(1).readUInt8();
  }

  u16(): number {
    return this.take(2).readUInt16LE();
  }

  u32(): number {
    return this.take(4).readUInt32LE();
  }

  i32(): number {
    return this.take(4).readInt32LE();
  }

  u64(): number {
    return Number(this.take(8).readBigUInt64LE());
  }

  f32(): number {
    return this.take(4).readFloatLE();
  }

  u32s(count: number): Uint32Array {
    return new Uint32Array(copyOf(this.take(4 * count)));
  }

  f32s(count: number): Float32Array {
    return new Float32Array(copyOf(this.take(4 * count)));
  }
}

/** The bytes in memory of their own, where an array of numbers can begin. */
export function copyOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
