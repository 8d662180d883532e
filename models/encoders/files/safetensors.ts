import { z } from 'zod';
import { fromHalves } from '../../graph/half.ts';
import { copyOf, readBytes, refuse } from './bytes.ts';
import { sizeOf, type Weight } from './weight.ts';

/**
 * Reads a safetensors file (https://github.com/huggingface/safetensors#format): the header's length in 8 bytes, the
 * header as JSON, and the tensors, little-endian, without gap or overlap.
 *
 * @returns the tensors by their names; F32, F16 and BF16 as float32, I64 as int64
 * @throws MODEL_REFUSED where the file is not one, was cut short, or has tensors of another type
 */
export async function readSafetensors(file: string): Promise<ReadonlyMap<string, Weight>> {
  const bytes = await readBytes(file);
  const { entries, start } = readHeader(bytes, file);
  const data = bytes.subarray(start);
  requireNoGaps(entries, data.length, file);
  return new Map(entries.map(([name, entry]) => [name, readTensor(data, entry, `${file}, tensor ${name}`)]));
}

const PREFIX_BYTES = 8;
const HEADER_BYTES = 16 * 1024 * 1024;

const length = z.int().nonnegative();
const Entry = z.object({
  dtype: z.enum(['F32', 'F16', 'BF16', 'I64']),
  shape: z.array(length).max(8),
  data_offsets: z.tuple([length, length]),
});
type Entry = z.infer<typeof Entry>;
const Header = z.object({ __metadata__: z.record(z.string(), z.string()).optional() }).catchall(Entry);

function readHeader(bytes: Buffer, where: string): { entries: [string, Entry][]; start: number } {
  if (bytes.length < PREFIX_BYTES) refuse(where, 'a safetensors file', `${bytes.length} bytes`);
  const header_bytes = Number(bytes.readBigUInt64LE(0));
  const most = Math.min(bytes.length - PREFIX_BYTES, HEADER_BYTES);
  if (header_bytes > most) refuse(where, `a header of at most ${most} bytes`, `one of ${header_bytes}`);
  const start = PREFIX_BYTES + header_bytes;
  const header = Header.safeParse(parseJson(bytes.toString('utf8', PREFIX_BYTES, start), where));
  if (!header.success) return refuse(where, 'a header as of safetensors', z.prettifyError(header.error));
  const { __metadata__: _, ...tensors } = header.data;
  return { entries: Object.entries(tensors), start };
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    return refuse(where, 'a header in JSON', `${JSON.stringify(text.slice(0, 40))}...`, cause);
  }
}

/** Each tensor begins where the one before it ends, and the last one ends with the file: no byte has two meanings. */
function requireNoGaps(entries: readonly [string, Entry][], end: number, where: string): void {
  let at = 0;
  for (const [name, { data_offsets: offsets }] of entries.toSorted(([, a], [, b]) => compare(a, b))) {
    if (offsets[0] !== at || offsets[1] < at || offsets[1] > end) {
      refuse(
        `${where}, tensor ${name}`,
        `data from ${at} on, up to ${end} at most`,
        `data from ${offsets.join(' to ')}`,
      );
    }
    at = offsets[1];
  }
  if (at !== end) refuse(where, `tensors up to the end at ${end}`, `tensors up to ${at}`);
}

function compare({ data_offsets: a }: Entry, { data_offsets: b }: Entry): number {
  return a[0] - b[0] || a[1] - b[1];
}

function readTensor(data: Buffer, { dtype, shape, data_offsets }: Entry, where: string): Weight {
  const type = TYPES[dtype];
  const [begin, end] = data_offsets;
  if (sizeOf(shape) * type.bytes !== end - begin) {
    refuse(where, `${sizeOf(shape) * type.bytes} bytes for ${dtype} [${shape.join(', ')}]`, `${end - begin} bytes`);
  }
  return type.read(copyOf(data.subarray(begin, end)), shape);
}

interface Type {
  bytes: number;
  read(data: ArrayBuffer, shape: readonly number[]): Weight;
}

const TYPES: Record<Entry['dtype'], Type> = {
  F32: { bytes: 4, read: (data, shape) => ({ dtype: 'float32', shape, data: new Float32Array(data) }) },
  F16: {
    bytes: 2,
    read: (data, shape) => ({
      dtype: 'float32',
      shape,
      data: fromHalves(new Uint16Array(data)),
    }),
  },
  // The upper half of a float32.
  BF16: {
    bytes: 2,
    read: (data, shape) => ({
      dtype: 'float32',
      shape,
      data: new Float32Array(Uint32Array.from(new Uint16Array(data), bits => bits << 16).buffer),
    }),
  },
  I64: { bytes: 8, read: (data, shape) => ({ dtype: 'int64', shape, data: new BigInt64Array(data) }) },
};
