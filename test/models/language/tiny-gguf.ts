import { random } from '../../../models/random.ts';

/** What stands in a tiny file: two layers, two heads of four numbers that share keys and values, 300 tokens. */
export const TINY = { layers: 2, width: 8, heads: 2, shared: 1, inner: 12, context: 64 };

const LETTERS = Array.from({ length: 256 }, (_, byte) => {
  const isSeen = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
  return isSeen ? String.fromCharCode(byte) : undefined;
});
let next = 0x100;
/** The 256 bytes, three words that are put together of them, and two marks. */
export const TOKENS = [
  ...LETTERS.map(letter => letter ?? String.fromCharCode(next++)),
  'te',
  'tea',
  'Ġtea',
  '<|im_start|>',
  '<|im_end|>',
];
export const MERGES = ['t e', 'te a', 'Ġ tea'];

/** A file in llama.cpp's format with random weights in float32. */
export function tinyGguf(seed: number, more: Readonly<Record<string, number>> = {}): Buffer {
  const { layers, width, heads, shared, inner, context } = TINY;
  const numbers: Record<string, number> = {
    'llama.block_count': layers,
    'llama.embedding_length': width,
    'llama.attention.head_count': heads,
    'llama.attention.head_count_kv': shared,
    'llama.context_length': context,
    'tokenizer.ggml.eos_token_id': TOKENS.indexOf('<|im_end|>'),
    ...more,
  };
  const floats = { 'llama.attention.layer_norm_rms_epsilon': 1e-5, 'llama.rope.freq_base': 10_000 };
  const texts = { 'tokenizer.ggml.tokens': TOKENS, 'tokenizer.ggml.merges': MERGES };
  const depth = width / heads;
  const shapes: Record<string, number[]> = {
    'token_embd.weight': [TOKENS.length, width],
    'output_norm.weight': [width],
  };
  for (let layer = 0; layer < layers; layer++) {
    Object.assign(
      shapes,
      Object.fromEntries(
        Object.entries({
          attn_norm: [width],
          attn_q: [width, width],
          attn_k: [shared * depth, width],
          attn_v: [shared * depth, width],
          attn_output: [width, width],
          ffn_norm: [width],
          ffn_gate: [inner, width],
          ffn_up: [inner, width],
          ffn_down: [width, inner],
        }).map(([name, shape]) => [`blk.${layer}.${name}.weight`, shape]),
      ),
    );
  }

  const facts = [
    ...Object.entries(numbers).map(([name, value]) => [text(name), u32(4), u32(value)]),
    ...Object.entries(floats).map(([name, value]) => [text(name), u32(6), f32(value)]),
    ...Object.entries(texts).map(([name, all]) => [text(name), u32(9), u32(8), u64(all.length), ...all.map(text)]),
  ];
  const draws = random(seed);
  let offset = 0;
  const entries: Buffer[][] = [];
  const data: Buffer[] = [];
  for (const [name, shape] of Object.entries(shapes)) {
    const size = shape.reduce((product, dim) => product * dim, 1);
    entries.push([text(name), u32(shape.length), ...shape.toReversed().map(u64), u32(0), u64(offset)]);
    const values = Array.from({ length: size }, () =>
      f32(shape.length === 1 ? 1 + draws.normal() / 10 : draws.normal() / 2),
    );
    data.push(padded(Buffer.concat(values)));
    offset += data.at(-1)!.length;
  }
  const head = [
    Buffer.from('GGUF'),
    u32(3),
    u64(entries.length),
    u64(facts.length),
    ...facts.flat(),
    ...entries.flat(),
  ];
  return Buffer.concat([padded(Buffer.concat(head)), ...data]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((32 - (bytes.length % 32)) % 32)]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}
