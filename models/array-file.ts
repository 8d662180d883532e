import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { TemperError } from '../schemas/errors.ts';
import { readInto, writeWhole } from './whole-file.ts';

/** Arrays by name, with what is to be known about them: a dataset or a checkpoint, on its way to the disk or back. */
export interface ArrayFile {
  kind: string;
  meta: unknown;
  arrays: Record<string, Column>;
}

const TYPES = { Float32Array, Float64Array, Int32Array, Uint32Array, Uint8Array, BigInt64Array } as const;
type TypeName = keyof typeof TYPES;
export type Column = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array | BigInt64Array;

/*
 * The file, little-endian: MAGIC, the header's length in 4 bytes, the header as JSON, the arrays, and the sha256 of all
 * that stands before it. Header and arrays are each filled up to a multiple of 8 bytes, so that the bytes that were
 * read are the memory of the arrays.
 */
const MAGIC = Buffer.from('TMPR');
const PREFIX_BYTES = 8;
const SHA_BYTES = 32;
const FILE_BYTES = 4 * 1024 ** 3 - 8;

/**
 * Writes a file whole or not at all; see `writeWhole`.
 *
 * @param place the path, or a function that makes it of the content's sha256
 * @throws what `writeWhole` throws, or INPUT_INVALID where it is larger than what is read again
 */
export async function writeArrays(
  place: string | ((sha256: string) => string),
  file: ArrayFile,
): Promise<{ path: string; sha256: string }> {
  const { parts, sha256 } = packArrays(file);
  const target = typeof place === 'string' ? place : place(sha256);
  await writeWhole(target, parts);
  return { path: target, sha256 };
}

/**
 * Reads what `writeArrays` wrote. The arrays share the memory of the file.
 *
 * @throws INPUT_INVALID where the file is not one of this kind, was cut short, or was changed
 */
export async function readArrays(file: string, kind: string): Promise<ArrayFile & { sha256: string }> {
  return unpackArrays(await readWhole(file), kind, file);
}

/** The bytes of a file, in parts, and the sha256 that ends them. */
export function packArrays({ kind, meta, arrays }: ArrayFile): { parts: Buffer[]; sha256: string } {
  const columns = Object.entries(arrays).map(([name, array]) => [name, typeOf(array), array.length]);
  const header = Buffer.concat(padded(Buffer.from(JSON.stringify({ kind, meta, columns })), ' '));
  const prefix = Buffer.alloc(PREFIX_BYTES, MAGIC);
  prefix.writeUInt32LE(header.length, MAGIC.length);
  const parts = [prefix, header, ...Object.values(arrays).flatMap(array => padded(bytesOf(array), '\0'))];
  requireReadable(
    kind,
    parts.reduce((sum, part) => sum + part.length, SHA_BYTES),
  );
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  const digest = hash.digest();
  return { parts: [...parts, digest], sha256: digest.toString('hex') };
}

/**
 * The arrays in the bytes of a file. They share its memory.
 *
 * @param bytes from a multiple of 8 on in their buffer
 * @param where for errors
 * @throws as `readArrays`
 */
export function unpackArrays(bytes: Buffer, kind: string, where: string): ArrayFile & { sha256: string } {
  const refuse = (expected: string, got: string): never => {
    throw new TemperError('INPUT_INVALID', { where, expected, got, next: `Write the ${kind} again` });
  };
  if (bytes.length < PREFIX_BYTES + SHA_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) {
    return refuse(`a ${kind} of Temper`, `${bytes.length} bytes of something else`);
  }
  const content = bytes.subarray(0, -SHA_BYTES);
  const digest = createHash('sha256').update(content).digest();
  if (!digest.equals(bytes.subarray(-SHA_BYTES))) {
    return refuse('content that agrees with the sha256 at its end', 'a file that was cut short or changed');
  }
  let at = PREFIX_BYTES + bytes.readUInt32LE(MAGIC.length);
  const header = JSON.parse(content.toString('utf8', PREFIX_BYTES, at)) as Header;
  if (header.kind !== kind) return refuse(`a ${kind}`, `a ${header.kind}`);
  const arrays = header.columns.map(([name, type, length]) => {
    const array = new TYPES[type](bytes.buffer as ArrayBuffer, bytes.byteOffset + at, length);
    at += filled(array.byteLength);
    return [name, array];
  });
  return { kind, meta: header.meta, arrays: Object.fromEntries(arrays), sha256: digest.toString('hex') };
}

interface Header {
  kind: string;
  meta: unknown;
  columns: [name: string, type: TypeName, length: number][];
}

/** Whether a value can be one of the arrays. */
export function isColumn(value: unknown): value is Column {
  return Object.values(TYPES).some(type => value instanceof type);
}

async function readWhole(name: string): Promise<Buffer> {
  const file = await open(name, 'r').catch((cause: unknown) => {
    throw new TemperError('INPUT_INVALID', { where: name, expected: 'a file that can be read', cause });
  });
  try {
    const { size } = await file.stat();
    requireReadable(name, size);
    const bytes = Buffer.from(new ArrayBuffer(size));
    return bytes.subarray(0, await readInto(bytes, file));
  } finally {
    await file.close();
  }
}

function requireReadable(where: string, size: number): void {
  if (size <= FILE_BYTES) return;
  throw new TemperError('INPUT_INVALID', { where, expected: `at most ${FILE_BYTES} bytes`, got: `${size}` });
}

function typeOf(array: Column): TypeName {
  return (Object.keys(TYPES) as TypeName[]).find(name => array instanceof TYPES[name])!;
}

export function bytesOf({ buffer, byteOffset, byteLength }: Column): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The bytes and what fills them up. */
function padded(bytes: Buffer, fill: string): Buffer[] {
  return [bytes, Buffer.alloc(filled(bytes.length) - bytes.length, fill)];
}

function filled(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
