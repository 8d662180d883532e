import * as f from '../graph/functions.ts';
import { input, type Tensor } from '../graph/tensor.ts';
import type { ParameterShapes, Parameters } from '../graph/training/parameters.ts';
import type { Random } from '../random.ts';
import { HISTORY } from '../ranker/model.ts';
import type { FusionShape } from './shape.ts';

/** int32 [B, L]: of each list, places of what its user did last among the items of the batch, newest first, then -1. */
export const HISTORY_PORT = 'history';

const LINEAR = ['query', 'key', 'value', 'out', 'last'] as const;

/**
 * One vector for each user: self-attention over the vectors of his recent items, which tells each what stands beside it
 * (Vaswani et al. 2017, section 3.2), then a learned query over the outcome. How recent an item is comes in as a vector
 * of its place. Who has no history gets a learned vector.
 *
 * @param items [U, D]
 * @returns [B, D], from the input `history` int32 [B, L]
 */
export function userVectors(items: Tensor, { width }: FusionShape, parameters: Parameters): Tensor {
  const p = (name: string): Tensor => parameters[`user.${name}`]!;
  const history = input(HISTORY_PORT, 'int32', ['B', 'L']);
  const places = f.slice(p('place'), 0, 0, f.sizeAlong(history, 1));
  const seen = f.greaterOrEqual(history, 0);
  const mask = f.unsqueeze(seen, [1]);
  const linear = (x: Tensor, name: (typeof LINEAR)[number]) =>
    f.add(f.matmul(x, p(`${name}.weight`)), p(`${name}.bias`));

  const recent = f.add(f.gather(items, f.max(history, 0)), places);
  const normal = f.layerNorm(recent);
  const beside = f.attention(linear(normal, 'query'), linear(normal, 'key'), linear(normal, 'value'), { mask });
  const told = f.layerNorm(f.add(recent, linear(beside, 'out')));
  const whole = f.attention(p('whole'), told, told, { mask });
  const known = linear(f.reshape(whole, [-1, width]), 'last');
  const any = f.greaterOrEqual(f.reduceMax(history, [1], { keep: true }), 0);
  return f.where(any, known, p('nobody'));
}

export function userShapes({ width }: FusionShape): ParameterShapes {
  const linear = LINEAR.map(name => ({ [`user.${name}.weight`]: [width, width], [`user.${name}.bias`]: [width] }));
  return Object.assign({}, ...linear, {
    'user.place': [HISTORY, width],
    'user.whole': [1, width],
    'user.nobody': [1, width],
  });
}

/** Weights of variance 1 / D; places small. All items count alike at first, for the query over them is 0. */
export function initialiseUsers(
  { width }: FusionShape,
  parameters: Readonly<Record<string, Float32Array>>,
  random: Random,
): void {
  const fill = (name: string, deviation: number) => {
    const values = parameters[`user.${name}`]!;
    for (let k = 0; k < values.length; k++) values[k] = deviation * random.normal();
  };
  for (const name of LINEAR) fill(`${name}.weight`, 1 / Math.sqrt(width));
  fill('place', 0.02);
}
