import type { EncoderConfig } from '../../../models/encoders/config.ts';
import { encoderShapes } from '../../../models/encoders/config.ts';
import type { Weight } from '../../../models/encoders/files/weight.ts';
import { random } from '../../../models/random.ts';

export const TINY: EncoderConfig = {
  layers: 3,
  width: 16,
  heads: 4,
  inner: 32,
  epsilon: 1e-12,
  vocabulary: 50,
  positions: 24,
  types: 2,
  maxTokens: 24,
  prefixes: { query: '', passage: '' },
};

/** Random weights of a small encoder; its normalisations scale by about 1. */
export function tinyWeights(seed: number): Map<string, Weight> {
  const draws = random(seed);
  return new Map(
    [...encoderShapes(TINY)].map(([name, shape]) => {
      const middle = name.endsWith('LayerNorm.weight') ? 1 : 0;
      const size = shape.reduce((product, dim) => product * dim, 1);
      return [
        name,
        { dtype: 'float32', shape, data: Float32Array.from({ length: size }, () => middle + 0.3 * draws.normal()) },
      ];
    }),
  );
}
