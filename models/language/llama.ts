import * as f from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { constant, type Graph, input, type Tensor } from '../graph/tensor.ts';
import type { Gguf } from './gguf.ts';

/** What a decoder of Llama's kind is made of. */
export interface LlamaSize {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  /** Heads of keys and values; so many heads of queries share one. */
  readonly shared: number;
  readonly epsilon: number;
  /** By which the angles of places are made. */
  readonly base: number;
  readonly vocabulary: number;
  /** Places that there are. */
  readonly context: number;
}

/** @throws MODEL_REFUSED where the file does not say so */
export function sizeIn(gguf: Gguf): LlamaSize {
  return {
    layers: gguf.number('llama.block_count'),
    width: gguf.number('llama.embedding_length'),
    heads: gguf.number('llama.attention.head_count'),
    shared: gguf.number('llama.attention.head_count_kv'),
    epsilon: gguf.number('llama.attention.layer_norm_rms_epsilon'),
    base: gguf.number('llama.rope.freq_base'),
    vocabulary: gguf.texts('tokenizer.ggml.tokens').length,
    context: gguf.number('llama.context_length'),
  };
}

/** The names by which layers' keys and values come in and go out. */
export const pastName = (kind: 'key' | 'value', layer: number) => `past.${kind}.${layer}`;
export const nextName = (kind: 'key' | 'value', layer: number) => `next.${kind}.${layer}`;

/**
 * A decoder (Touvron et al., "LLaMA", 2023, section 2.2, with grouped queries, Ainslie et al. 2023) that goes on where
 * it was: it takes the keys and values of the tokens before, and gives them with those of the new ones, so that a token
 * costs one row and not all of them.
 *
 * Inputs: `input_ids` and `positions` [L], int64, and for each layer `past.key.N` and `past.value.N` [shared, P, D].
 * Outputs: `logits` [1, vocabulary], of what follows the last token, and `next.key.N` and `next.value.N` [shared, P + L,
 * D].
 *
 * @param places for which angles are made: the most tokens
 */
export function llama(gguf: Gguf, size: LlamaSize, places: number): Graph {
  const { layers, width, heads, shared, epsilon } = size;
  const depth = width / heads;
  const weight = (name: string): Tensor => {
    const { data, shape } = gguf.tensor(name);
    return constant('float32', data, shape, name);
  };
  const linear = (x: Tensor, w: Tensor) => f.gemm(x, w, { transB: true });
  const normed = (x: Tensor, name: string) => f.rmsNorm(x, { scale: weight(name), epsilon });

  const ids = input('input_ids', 'int64', ['L']);
  const positions = input('positions', 'int64', ['L']);
  const words = weight('token_embd.weight');
  const turn = rotation(positions, depth, size.base, places);
  const outputs: Record<string, Tensor> = {};
  let x = f.gather(words, ids);
  for (let layer = 0; layer < layers; layer++) {
    const at = `blk.${layer}`;
    const h = normed(x, `${at}.attn_norm.weight`);
    const apart = (y: Tensor, count: number) => f.transpose(f.reshape(y, [-1, count, depth]), [1, 0, 2]);
    const turned = (name: string, count: number) => {
      const { data, shape } = gguf.tensor(`${at}.${name}`);
      const rows = constant('float32', halvesTogether(data, shape[1]!, depth), shape, `${at}.${name}`);
      return turn(apart(linear(h, rows), count));
    };
    const past = (kind: 'key' | 'value') => input(pastName(kind, layer), 'float32', [shared, 'P', depth]);
    const queries = turned('attn_q.weight', heads);
    const keys = f.concat([past('key'), turned('attn_k.weight', shared)], 1);
    const values = f.concat([past('value'), apart(linear(h, weight(`${at}.attn_v.weight`)), shared)], 1);
    outputs[nextName('key', layer)] = keys;
    outputs[nextName('value', layer)] = values;
    const seen = attended({ queries, keys, values }, positions, { heads, shared, depth });
    x = f.add(x, linear(seen, weight(`${at}.attn_output.weight`)));
    const inner = normed(x, `${at}.ffn_norm.weight`);
    const gate = linear(inner, weight(`${at}.ffn_gate.weight`));
    const gated = f.mul(f.mul(gate, f.sigmoid(gate)), linear(inner, weight(`${at}.ffn_up.weight`)));
    x = f.add(x, linear(gated, weight(`${at}.ffn_down.weight`)));
  }
  const last = f.slice(normed(x, 'output_norm.weight'), 0, -1, 2 ** 31 - 1);
  return graphOf({ logits: linear(last, words), ...outputs });
}

/**
 * [heads, L, D] of queries and [shared, T, D] of keys and values -> [L, heads D]. The queries that share keys stand
 * one behind the other, so that nothing is copied for them. A token sees those up to its own place.
 */
function attended(
  { queries, keys, values }: Record<'queries' | 'keys' | 'values', Tensor>,
  positions: Tensor,
  { heads, shared, depth }: { heads: number; shared: number; depth: number },
): Tensor {
  const group = heads / shared;
  const total = f.squeeze(f.sizeAlong(keys, 1), [0]);
  const places = f.range(0, total);
  const isSeen = f.lessOrEqual(f.unsqueeze(places, [0]), f.unsqueeze(positions, [1]));
  const mask = f.where(isSeen, 0, -1e9);
  const together = f.mul(f.reshape(queries, [shared, -1, depth]), 1 / Math.sqrt(depth));
  const scores = f.matmul(together, f.transpose(keys, [0, 2, 1]));
  const rows = f.concat([f.shapeOf(f.reshape(positions, [1, 1, -1])), f.reshape(total, [1])], 0);
  const byHead = f.reshape(
    scores,
    f.concat([f.shapeOf(constant('float32', new Float32Array(heads), [shared, group])), f.slice(rows, 0, 2, 4)], 0),
  );
  const shares = f.reshape(f.softmax(f.add(byHead, mask)), f.shapeOf(scores));
  const seen = f.reshape(f.matmul(shares, values), [heads, -1, depth]);
  return f.reshape(f.transpose(seen, [1, 0, 2]), [-1, heads * depth]);
}

/**
 * Turns each pair of numbers by its place's angle (Su et al., "RoFormer", 2021, equation 34), where number k and number
 * k + D/2 are a pair.
 */
function rotation(positions: Tensor, depth: number, base: number, places: number): (x: Tensor) => Tensor {
  const table = (of: (angle: number) => number, name: string) => {
    const data = Float32Array.from({ length: places * depth }, (_, n) => {
      const [place, k] = [Math.floor(n / depth), n % (depth / 2)];
      return of(place / base ** ((2 * k) / depth));
    });
    return f.gather(constant('float32', data, [places, depth], name), positions);
  };
  const [cos, sin] = [table(Math.cos, 'cos'), table(Math.sin, 'sin')];
  return x => {
    const [first, second] = [f.slice(x, 2, 0, depth / 2), f.slice(x, 2, depth / 2, depth)];
    return f.add(f.mul(x, cos), f.mul(f.concat([f.neg(second), first], 2), sin));
  };
}

/** The file has the two numbers of a pair beside each other; here all first ones of a head stand before all second. */
function halvesTogether(data: Float32Array, from: number, depth: number): Float32Array {
  const sorted = new Float32Array(data.length);
  for (let row = 0; row < data.length / from; row++) {
    const [head, k] = [Math.floor(row / depth), row % depth];
    const to = head * depth + (k % 2) * (depth / 2) + (k >> 1);
    sorted.set(data.subarray(row * from, (row + 1) * from), to * from);
  }
  return sorted;
}
