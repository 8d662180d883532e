import { apply } from '../apply.ts';
import { isGiven, type Tensor } from '../tensor.ts';

/** How a kernel goes over the axes behind batch and channels: a number for each axis, 1 where nothing is said. */
export interface Windows {
  strides?: readonly number[];
  dilations?: readonly number[];
  /** Zeros before each axis, then after each; none where nothing is said. */
  pads?: readonly number[];
}

export interface Convolution extends Windows {
  bias?: Tensor;
  /** Into how many groups the channels are divided, each with kernels of its own. */
  group?: number;
}

/** [N, C, ...] by kernels [M, C / group, ...] to [N, M, ...]. */
export function conv(x: Tensor, kernels: Tensor, { bias, ...options }: Convolution = {}): Tensor {
  return apply('Conv', withBias(x, kernels, bias), given(options));
}

/** [N, M, ...] by kernels [M, C / group, ...] to [N, C, ...]: what `conv` does to its output's gradient. */
export function convTranspose(
  x: Tensor,
  kernels: Tensor,
  { bias, outputPadding, ...options }: Convolution & { outputPadding?: readonly number[] } = {},
): Tensor {
  const extra = outputPadding?.some(size => size > 0) ? { output_padding: outputPadding } : {};
  return apply('ConvTranspose', withBias(x, kernels, bias), { ...given(options), ...extra });
}

/** The greatest element of each window. */
export const maxPool = (x: Tensor, kernel: readonly number[], options: Windows = {}): Tensor =>
  apply('MaxPool', [x], { kernel_shape: kernel, ...given(options) });

/** The mean of each window, over what lies within the input or, where `includePads` is set, over zeros too. */
export const averagePool = (
  x: Tensor,
  kernel: readonly number[],
  { includePads = false, ...options }: Omit<Windows, 'dilations'> & { includePads?: boolean } = {},
): Tensor =>
  apply('AveragePool', [x], { kernel_shape: kernel, ...given(options), ...(includePads && { count_include_pad: 1 }) });

/** [N, C, ...] to [N, C, 1, ...]. */
export const globalAveragePool = (x: Tensor): Tensor => apply('GlobalAveragePool', [x]);
export const globalMaxPool = (x: Tensor): Tensor => apply('GlobalMaxPool', [x]);

/** (x - mean) / sqrt(variance + epsilon) scale + bias, each of the four a vector of the channels, as known from training. */
export const batchNorm = (
  x: Tensor,
  [scale, bias, mean, variance]: readonly [Tensor, Tensor, Tensor, Tensor],
  epsilon = 1e-5,
): Tensor => apply('BatchNormalization', [x, scale, bias, mean, variance], { epsilon });

function withBias(x: Tensor, kernels: Tensor, bias: Tensor | undefined): Tensor[] {
  return isGiven(bias) ? [x, kernels, bias] : [x, kernels];
}

/** Options as attributes; those that are what ONNX assumes anyway are left out. */
function given({ strides = [], dilations = [], pads = [], group = 1 }: Omit<Convolution, 'bias'>) {
  const lists = { strides, dilations, pads };
  const usual = { strides: 1, dilations: 1, pads: 0 };
  const named = Object.entries(lists).filter(([name, list]) =>
    list.some(each => each !== usual[name as keyof typeof usual]),
  );
  return { ...Object.fromEntries(named), ...(group !== 1 && { group }) };
}
