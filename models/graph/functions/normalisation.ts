import { apply } from '../apply.ts';
import { sizeOf } from '../ops/rules/shapes.ts';
import { constant, dataOf, type Tensor } from '../tensor.ts';
import { add, div, max, mul, pow, sqrt } from './elementwise.ts';
import { l2Norm, mean } from './reductions.ts';

/**
 * The last dimension brought to mean 0 and variance 1, times a scale, plus a bias.
 *
 * @param x [..., D], D known
 * @param scale [D]; ones where none is given
 * @param bias [D]
 */
export function layerNorm(
  x: Tensor,
  { scale, bias, epsilon = 1e-5 }: { scale?: Tensor; bias?: Tensor; epsilon?: number } = {},
): Tensor {
  return apply('LayerNormalization', [x, scale ?? ones(x), ...(bias ? [bias] : [])], { axis: -1, epsilon });
}

/**
 * x / sqrt(mean(x^2) + epsilon), times a scale (Zhang and Sennrich, "Root mean square layer normalization", 2019), in
 * the form that ONNX Runtime fuses where nobody needs what is in between.
 *
 * @param x [..., D]
 * @param scale [D]; none where it is not given
 */
export function rmsNorm(x: Tensor, { scale, epsilon = 1e-6 }: { scale?: Tensor; epsilon?: number } = {}): Tensor {
  const normalised = div(x, sqrt(add(mean(pow(x, 2), [-1], { keep: true }), epsilon)));
  return scale ? mul(normalised, scale) : normalised;
}

/** Vectors along an axis brought to length 1, those shorter than epsilon only multiplied by 1 / epsilon. */
export const l2Normalise = (x: Tensor, axis = -1, epsilon = 1e-12): Tensor =>
  div(x, max(l2Norm(x, [axis], { keep: true }), epsilon));

function ones({ shape, dtype }: Tensor): Tensor {
  const width = sizeOf(shape.at(-1) ?? 1);
  return constant(dtype, dataOf(dtype, new Array<number>(width).fill(1)), [width]);
}
