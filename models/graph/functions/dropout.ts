import { random } from '../../random.ts';
import { constant, integers, type Tensor } from '../tensor.ts';
import { add, cast, max, mod, mul, sub } from './elementwise.ts';
import { reshape, shapeOf, size, slice } from './layout.ts';
import { greaterOrEqual } from './logic.ts';

/** Where a graph takes its randomness from: the same seed, step and order of use give the same masks. */
export interface Noise {
  /** Uniform numbers in [0, 1), drawn before the run. */
  readonly pool: Tensor;
  /** For each use another place in the pool, which changes with the step: a vector [1], int64, in [0, 2^31 - 1). */
  place(): Tensor;
}

/**
 * Zeros in the place of a share of the elements, the others scaled up so that the expectation stays (Srivastava et al.,
 * "Dropout", 2014). The elements as they are where there is no noise, as in evaluation.
 *
 * A mask is a part of the pool, which begins somewhere else at each step. ONNX Runtime makes the pool into zeros and
 * scales when the session opens, so a step costs one copy and one product. Its own Dropout and RandomUniformLike draw
 * every element anew, many times as dear, and from a state that a resumed run can't restore; a hash of each element's
 * number would be as exact as this, in a dozen passes over memory.
 *
 * @param x at most as many elements as the pool has; a run with more fails
 * @param rate the share, in [0, 1)
 */
export function dropout(x: Tensor, rate: number, noise?: Noise): Tensor {
  if (rate === 0 || !noise) return x;
  const scales = mul(cast(greaterOrEqual(noise.pool, rate), x.dtype), 1 / (1 - rate));
  const elements = reshape(size(x), [1]);
  const places = max(add(sub(size(scales), elements), 1), 1);
  const start = mod(noise.place(), places);
  return mul(x, reshape(slice(scales, 0, start, add(start, elements)), shapeOf(x)));
}

/**
 * Noise from a seed and the number of the step.
 *
 * @param step int64, one element
 * @param elements how many numbers the pool has: several times what the largest mask needs
 */
export function noiseOf(seed: number, step: Tensor, elements = 2 ** 20): Noise {
  const draws = random(seed);
  const pool = constant('float32', new Float32Array(elements).map(draws.uniform), [elements]);
  const steps = mod(reshape(step, [1]), MODULUS);
  return {
    pool,
    // Two rounds of a multiplicative congruential generator (Park and Miller, 1988); no product reaches 2^63.
    place: () => {
      const use = integers([draws.below(MODULUS)]);
      return scrambled(add(scrambled(steps), use));
    },
  };
}

const MODULUS = 2 ** 31 - 1;
const MULTIPLIER = 48_271;

function scrambled(number: Tensor): Tensor {
  return mod(mul(add(number, 1), MULTIPLIER), MODULUS);
}
