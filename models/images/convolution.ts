import { refuse } from '../encoders/files/bytes.ts';
import type { Weight } from '../encoders/files/weight.ts';
import * as f from '../graph/functions.ts';
import { constant, type Tensor } from '../graph/tensor.ts';

export type Weights = ReadonlyMap<string, Weight>;

/**
 * The kernels [M, C / group, K, K] of a convolution and, of the batch normalisation behind it, what stands for it once
 * training is over: with s = scale / sqrt(variance + epsilon), kernels times s and the bias [M] of bias - mean s.
 *
 * @throws MODEL_REFUSED where a weight is missing or of another length
 */
export function foldBatchNorm(
  weights: Weights,
  convolution: string,
  norm: string,
  epsilon: number,
): { kernels: Tensor; bias: Tensor } {
  const { shape, data } = weightOf(weights, `${convolution}.weight`);
  const channels = shape[0] ?? 0;
  const of = (name: string) => weightOf(weights, `${norm}.${name}`, [channels]).data;
  const [scale, bias, mean, variance] = [of('weight'), of('bias'), of('running_mean'), of('running_var')];
  const factors = scale.map((each, channel) => each / Math.sqrt(variance[channel]! + epsilon));
  const size = data.length / channels;
  const kernels = data.map((each, at) => each * factors[Math.floor(at / size)]!);
  const moved = bias.map((each, channel) => each - mean[channel]! * factors[channel]!);
  return {
    kernels: constant('float32', kernels, shape, `${convolution}.weight`),
    bias: constant('float32', moved, [channels], `${convolution}.bias`),
  };
}

/**
 * A convolution of square kernels whose output has the input's size divided by the stride, rounded up: zeros are put
 * around the input, and where their number is odd the one more behind it (TensorFlow's padding SAME).
 *
 * @param x [N, C, H, W], H and W known
 */
export function convolve(
  x: Tensor,
  { kernels, bias }: { kernels: Tensor; bias: Tensor },
  { stride = 1, depthwise = false }: { stride?: number; depthwise?: boolean } = {},
): Tensor {
  const size = Number(kernels.shape[2]);
  const zeros = x.shape.slice(2).map(side => {
    const places = Math.ceil(Number(side) / stride);
    return Math.max(0, (places - 1) * stride + size - Number(side));
  });
  const before = zeros.map(count => Math.floor(count / 2));
  return f.conv(x, kernels, {
    bias,
    strides: [stride, stride],
    pads: [...before, ...zeros.map((count, axis) => count - before[axis]!)],
    group: depthwise ? Number(kernels.shape[0]) : 1,
  });
}

export const relu6 = (x: Tensor): Tensor => f.clip(x, 0, 6);

/**
 * A weight of float32 by its name.
 *
 * @throws MODEL_REFUSED where there is none, or one of another shape
 */
export function weightOf(
  weights: Weights,
  name: string,
  shape?: readonly number[],
): { shape: readonly number[]; data: Float32Array } {
  const found = weights.get(name);
  if (found?.dtype !== 'float32')
    return refuse('an image encoder', `a weight ${name} of float32`, found?.dtype ?? 'none');
  if (shape && found.shape.join() !== shape.join()) refuse(name, `the shape [${shape}]`, `[${found.shape}]`);
  return found;
}
