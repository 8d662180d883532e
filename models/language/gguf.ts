import { Cursor, readBytes, refuse } from '../encoders/files/bytes.ts';
import { fromHalves } from '../graph/half.ts';

/** What a GGUF file holds: facts by name, and tensors that are read when they are asked for. */
export interface Gguf {
  number(name: string): number;
  numbers(name: string): number[];
  texts(name: string): string[];
  /** Row by row, the last dimension first in the file and last here: a matrix of `out` rows of `in` is [out, in]. */
  tensor(name: string): { data: Float32Array; shape: number[] };
}

interface Entry {
  /** As the file has them: the fastest first. */
  dims: number[];
  type: number;
  offset: number;
}

type Fact = number | string | boolean | Fact[];

const MAGIC = 'GGUF';
const VERSION = 3;
/** Tensors begin at a multiple of it; files that ask for another are refused. */
const ALIGNMENT = 32;
/** No file that is meant here has more of anything; what is beyond is no model. */
const MOST = 2 ** 20;
const MOST_NUMBERS = 2 ** 28;

/**
 * Reads a model as llama.cpp keeps it (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), with weights in
 * float32, float16, 8 bits (Q8_0) or 4 bits (Q4_1).
 *
 * @throws MODEL_REFUSED where it is none, was cut short, or has weights in another form
 */
export async function readGguf(file: string): Promise<Gguf> {
  const bytes = await readBytes(file);
  const cursor = new Cursor(bytes, file);
  if (cursor.text(MAGIC.length) !== MAGIC) refuse(file, `a file that begins with ${MAGIC}`, 'another');
  const version = cursor.u32();
  if (version !== VERSION) refuse(file, `version ${VERSION}`, String(version));
  const tensors = atMost(cursor.u64(), file, 'tensors');
  const count = atMost(cursor.u64(), file, 'facts');
  const facts = new Map<string, Fact>();
  for (let n = 0; n < count; n++) {
    const name = textAt(cursor, file);
    facts.set(name, factAt(cursor, cursor.u32(), file));
  }
  const entries = new Map<string, Entry>();
  for (let n = 0; n < tensors; n++) {
    const name = textAt(cursor, file);
    const dims = Array.from({ length: atMost(cursor.u32(), file, 'dimensions', 4) }, () => cursor.u64());
    entries.set(name, { dims, type: cursor.u32(), offset: cursor.u64() });
  }
  const head = bytes.length - cursor.left;
  const start = Math.ceil(head / Number(facts.get('general.alignment') ?? ALIGNMENT)) * ALIGNMENT;
  const isNumber = (fact: Fact | undefined): fact is number => typeof fact === 'number';
  const list = <F extends Fact>(name: string, is: (fact: Fact) => fact is F): F[] => {
    const found = facts.get(name);
    if (Array.isArray(found) && found.every(is)) return found;
    return refuse(file, `a list ${name}`, typeof found);
  };
  return {
    number(name) {
      const found = facts.get(name);
      return isNumber(found) ? found : refuse(file, `a number ${name}`, String(found));
    },
    numbers: name => list(name, isNumber),
    texts: name => list(name, (fact): fact is string => typeof fact === 'string'),
    tensor(name) {
      const entry = entries.get(name) ?? refuse(file, `a tensor ${name}`, 'none');
      return tensorAt(bytes, start, entry, `${file}, tensor ${name}`);
    },
  };
}

function atMost(count: number, where: string, what: string, most = MOST): number {
  return count <= most ? count : refuse(where, `at most ${most} ${what}`, String(count));
}

function textAt(cursor: Cursor, where: string): string {
  return cursor.text(atMost(cursor.u64(), where, 'bytes of a text'));
}

function factAt(cursor: Cursor, type: number, where: string): Fact {
  switch (type) {
    case 0:
      return cursor.u8();
    case 4:
      return cursor.u32();
    case 5:
      return cursor.i32();
    case 6:
      return cursor.f32();
    case 7:
      return cursor.u8() !== 0;
    case 8:
      return textAt(cursor, where);
    case 9: {
      const inner = cursor.u32();
      if (inner === 9) return refuse(where, 'lists of numbers or texts', 'a list of lists');
      return Array.from({ length: atMost(cursor.u64(), where, 'facts of a list') }, () => factAt(cursor, inner, where));
    }
    case 10:
      return cursor.u64();
    default:
      return refuse(where, 'facts of a known type', `type ${type}`);
  }
}

/** A form in which weights are kept: blocks of so many numbers in so many bytes. */
interface Form {
  numbers: number;
  bytes: number;
  read(block: Buffer, into: Float32Array, at: number): unknown;
}

const HALF = fromHalves(Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits));
const half = (block: Buffer, at: number) => HALF[block.readUInt16LE(at)]!;

/** By ggml's numbers of types. */
const FORMS: Readonly<Record<number, Form>> = {
  0: { numbers: 1, bytes: 4, read: (block, into, at) => into.fill(block.readFloatLE(0), at, at + 1) },
  1: { numbers: 1, bytes: 2, read: (block, into, at) => into.fill(half(block, 0), at, at + 1) },
  // Q4_1: scale and least as float16, then a half of a byte for each number, the second sixteen in the upper halves.
  3: {
    numbers: 32,
    bytes: 20,
    read(block, into, at) {
      const [scale, least] = [half(block, 0), half(block, 2)];
      for (let n = 0; n < 16; n++) {
        const both = block[4 + n]!;
        into[at + n] = (both & 15) * scale + least;
        into[at + 16 + n] = (both >> 4) * scale + least;
      }
    },
  },
  // Q8_0: a scale as float16, then a byte with a sign for each number.
  8: {
    numbers: 32,
    bytes: 34,
    read(block, into, at) {
      const scale = half(block, 0);
      for (let n = 0; n < 32; n++) into[at + n] = block.readInt8(2 + n) * scale;
    },
  },
};

function tensorAt(bytes: Buffer, start: number, { dims, type, offset }: Entry, where: string) {
  const form = FORMS[type] ?? refuse(where, 'float32, float16, Q8_0 or Q4_1', `type ${type}`);
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (size > MOST_NUMBERS || size % form.numbers !== 0)
    refuse(where, `whole blocks of ${form.numbers}`, `${size} numbers`);
  const from = start + offset;
  const length = (size / form.numbers) * form.bytes;
  if (from + length > bytes.length) refuse(where, `${length} bytes`, 'the end of the file');
  const data = new Float32Array(size);
  for (let block = 0; block < size / form.numbers; block++) {
    const at = from + block * form.bytes;
    form.read(bytes.subarray(at, at + form.bytes), data, block * form.numbers);
  }
  return { data, shape: dims.toReversed() };
}
