import * as f from '../functions.ts';
import { isGiven, type Shape, type Tensor } from '../tensor.ts';
import { type Call, int, ints, mismatch, type Rows, type Step } from './row.ts';
import { quotient, show, sizeOf, times, total } from './rules/shapes.ts';
import { attributesOf, extent, places, spreadOver, WINDOWS, type Window, windowsOf } from './rules/windows.ts';

/** Convolutions, in groups of channels; axes are batch, channels, and one or more over which the kernel goes. */
export const CONVOLUTION: Rows = {
  /** [N, C, ...] by kernels [M, C / group, ...], with a bias [M] or without. */
  Conv: {
    arity: [2, 3],
    takes: 'float',
    attributes: { ...WINDOWS, group: 'int' },
    shape: call => {
      const { a, b } = call;
      const windows = convolved(call);
      const taken = times([b.shape[1]!, int(call, 'group', 1)]);
      if (taken !== a.shape[1]) return mismatch(`${taken} channels for kernels of ${show(b.shape)}`, show(a.shape));
      requireGroups(call, b.shape[0]!);
      requireBias(call, b.shape[0]!);
      return [a.shape[0]!, b.shape[0]!, ...windows.map((window, axis) => places(a.shape[axis + 2]!, window))];
    },
    gradient: step => {
      const { a, b, dy } = step;
      const windows = convolved(step);
      const group = int(step, 'group', 1);
      const rest = windows.map((window, axis) => remainder(a.shape[axis + 2]!, window));
      const dx = f.convTranspose(dy, b, { ...attributesOf(windows), group, outputPadding: rest });
      return [dx, kernelGradient(a, dy, b, windows, group), ...biasGradient(step)];
    },
  },
  /** What a Conv with the same kernels and attributes makes of its output's gradient: [N, M, ...] to [N, C, ...]. */
  ConvTranspose: {
    arity: [2, 3],
    takes: 'float',
    attributes: { ...WINDOWS, group: 'int', output_padding: 'ints' },
    shape: call => {
      const { a, b } = call;
      if (b.shape[0] !== a.shape[1]) return mismatch(`${a.shape[1]} kernels`, show(b.shape));
      requireGroups(call, a.shape[1]!);
      const channels = times([b.shape[1]!, int(call, 'group', 1)]);
      requireBias(call, channels);
      const extra = outputPadding(call);
      const sizes = spread(call).map((window, axis) => total([spreadOver(a.shape[axis + 2]!, window), extra[axis]!]));
      return [a.shape[0]!, channels, ...sizes];
    },
    gradient: step => {
      const { a, b, dy } = step;
      const windows = spread(step);
      const group = int(step, 'group', 1);
      if (outputPadding(step).some((extra, axis) => extra >= windows[axis]!.stride)) {
        return mismatch('an output_padding below the stride', show(outputPadding(step)));
      }
      const da = f.conv(dy, b, { ...attributesOf(windows), group });
      return [da, kernelGradient(dy, a, b, windows, group), ...biasGradient(step)];
    },
  },
};

function convolved(call: Call): Window[] {
  return windowsOf(call, call.a.shape.slice(2), call.b.shape.slice(2));
}

function spread(call: Call): Window[] {
  const auto = call.attributes.auto_pad ?? 'NOTSET';
  if (auto !== 'NOTSET' && auto !== 'VALID') return mismatch('auto_pad of NOTSET or VALID', String(auto));
  return convolved(call);
}

function outputPadding(call: Call): number[] {
  return ints(
    call,
    'output_padding',
    call.a.shape.slice(2).map(() => 0),
  );
}

/** How much of an input a Conv does not reach, because its stride does not divide it. */
function remainder(size: Shape[number], window: Window): number {
  if (window.stride === 1) return 0;
  return (sizeOf(size) + window.before + window.after - sizeOf(extent(window))) % window.stride;
}

/**
 * The gradient of a Conv's kernels is a Conv itself, of `x` by the output's gradient, with batch and channels exchanged,
 * and strides and dilations too (Dumoulin and Visin, "A guide to convolution arithmetic", 2016, has the shapes). Its
 * groups remain groups: channels [C / group, group N] by kernels [M, N].
 */
function kernelGradient(x: Tensor, dy: Tensor, kernels: Tensor, windows: readonly Window[], group: number): Tensor {
  const exchanged = windows.map(window => ({ ...window, stride: window.dilation, dilation: window.stride }));
  const wide = f.conv(byGroups(x, group), exchange(dy), { ...attributesOf(exchanged), group });
  // A stride that does not divide leaves places behind the kernel's last.
  const cropped = windows.reduce((grown, { kernel }, axis) => {
    return grown.shape[axis + 2] === kernel ? grown : f.slice(grown, axis + 2, 0, sizeOf(kernel));
  }, wide);
  const found = exchange(cropped);
  return found.shape[1] === kernels.shape[1]
    ? found
    : mismatch(`gradients of ${show(kernels.shape)}`, show(found.shape));
}

/** [N, group C', ...] -> [C', group N, ...] */
function byGroups(x: Tensor, group: number): Tensor {
  if (group === 1) return exchange(x);
  const [, , ...sizes] = x.shape;
  const each = quotient(x.shape[1]!, group) ?? mismatch(`channels in ${group} groups`, show(x.shape));
  const split = f.reshape(x, [0, group, sizeOf(each), ...sizes.map(sizeOf)]);
  const first = f.transpose(split, [2, 1, 0, ...sizes.map((_, axis) => axis + 3)]);
  return f.reshape(first, [sizeOf(each), -1, ...sizes.map(sizeOf)]);
}

/** Batch and channels exchanged. */
function exchange(x: Tensor): Tensor {
  return f.transpose(x, [1, 0, ...[...x.shape.keys()].slice(2)]);
}

function biasGradient({ inputs, dy }: Step): (Tensor | null)[] {
  if (inputs.length < 3) return [];
  return [
    isGiven(inputs[2])
      ? f.sum(
          dy,
          [...dy.shape.keys()].filter(axis => axis !== 1),
        )
      : null,
  ];
}

function requireGroups(call: Call, kernels: Shape[number]): void {
  const group = int(call, 'group', 1);
  if (group < 1 || quotient(kernels, group) === undefined) mismatch(`kernels in ${group} groups`, String(kernels));
}

function requireBias({ c }: Call, channels: Shape[number]): void {
  if (isGiven(c) && show(c.shape) !== show([channels])) mismatch(`a bias of [${channels}]`, show(c.shape));
}
