import { bert } from '../../../models/encoders/bert.ts';
import type { Weight } from '../../../models/encoders/files/weight.ts';
import { value } from '../../../models/graph/runtime.ts';
import type { Graph } from '../../../models/graph/tensor.ts';
import { random } from '../../../models/random.ts';
import { initialRanker, type RankerShape, servingRanker } from '../../../models/ranker/ranker.ts';

const SHAPE: RankerShape = { features: 30, hidden: [64, 32], positions: 3 };

/** A ranker with random weights: it is as hard to compress as one that learned. */
export function ranker(): Graph {
  const standard = { mean: new Float32Array(SHAPE.features), scale: new Float32Array(SHAPE.features).fill(1) };
  return servingRanker(SHAPE, standard, initialRanker(SHAPE, 0.1, random(5)), [1, 0, 0]);
}

export function rows(count: number) {
  const draws = random(2);
  const data = Float32Array.from({ length: count * SHAPE.features }, () => draws.normal());
  return { features: value('float32', data, [count, SHAPE.features]) };
}

/** A tiny encoder with random weights. */
export const SIZE = { layers: 2, heads: 4, epsilon: 1e-12 };
const [WIDTH, INNER, WORDS, POSITIONS] = [32, 64, 50, 16];

export function encoderWeights(): Map<string, Weight> {
  const draws = random(9);
  const weights = new Map<string, Weight>();
  const add = (name: string, shape: number[], draw = () => 0.3 * draws.normal()) => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, draw);
    weights.set(name, { dtype: 'float32', shape, data });
  };
  const dense = (name: string, to: number, from: number) => {
    add(`${name}.weight`, [to, from]);
    add(`${name}.bias`, [to]);
  };
  const norm = (name: string) => {
    add(`${name}.weight`, [WIDTH], () => 1);
    add(`${name}.bias`, [WIDTH]);
  };
  add('embeddings.word_embeddings.weight', [WORDS, WIDTH]);
  add('embeddings.position_embeddings.weight', [POSITIONS, WIDTH]);
  add('embeddings.token_type_embeddings.weight', [1, WIDTH]);
  norm('embeddings.LayerNorm');
  for (let layer = 0; layer < SIZE.layers; layer++) {
    const at = `encoder.layer.${layer}`;
    for (const part of ['query', 'key', 'value']) dense(`${at}.attention.self.${part}`, WIDTH, WIDTH);
    dense(`${at}.attention.output.dense`, WIDTH, WIDTH);
    norm(`${at}.attention.output.LayerNorm`);
    dense(`${at}.intermediate.dense`, INNER, WIDTH);
    dense(`${at}.output.dense`, WIDTH, INNER);
    norm(`${at}.output.LayerNorm`);
  }
  return weights;
}

export const encoder = (): Graph => bert(encoderWeights(), SIZE);

/** Texts of random words, the later ones with padding. */
export function texts(count: number, seed = 3) {
  const [draws, length] = [random(seed), 8];
  const ids = BigInt64Array.from({ length: count * length }, () => BigInt(draws.below(WORDS)));
  const mask = BigInt64Array.from({ length: count * length }, (_, k) => BigInt(k % length < 5 + (k % 3) ? 1 : 0));
  return {
    input_ids: value('int64', ids, [count, length]),
    attention_mask: value('int64', mask, [count, length]),
  };
}
