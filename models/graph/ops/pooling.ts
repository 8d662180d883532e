import * as f from '../functions.ts';
import { integers, type Shape, scalar, type Tensor } from '../tensor.ts';
import { type Call, ints, mismatch, type Rows, type Step } from './row.ts';
import { attributesOf, extent, flag, places, WINDOWS, type Window, windowsOf } from './rules/windows.ts';

const pool = { arity: [1, 1], takes: 'float', shape: pooled } as const;
const whole = { arity: [1, 1], takes: 'float', shape: ({ a }: Call) => [...a.shape.slice(0, 2), ...ones(a)] } as const;

/** The greatest or the mean of each window, or of all; axes are batch, channels, and those over which windows go. */
export const POOLING: Rows = {
  /** The second output says where in the whole input each maximum stood: the first such place, where several are equal. */
  MaxPool: {
    ...pool,
    attributes: { ...WINDOWS, ceil_mode: 'int', storage_order: 'int' },
    also: call => [{ dtype: 'int64', shape: pooled(call) }],
    spare: true,
    gradient: step => {
      if (flag(step, 'storage_order')) return mismatch('a storage_order of 0', '1');
      const { a, dy, ys } = step;
      // An element that is the maximum of several windows gets the sum of their gradients.
      const meet = windows(step).some(window => Number(extent(window)) > window.stride);
      const flat = f.expand(scalar(0, a.dtype), f.reshape(f.size(a), [1]));
      const places = f.reshape(ys[1]!, [-1, 1]);
      return [f.reshape(f.scatterNd(flat, places, f.reshape(dy, [-1]), meet ? 'add' : 'none'), f.shapeOf(a))];
    },
  },
  AveragePool: {
    ...pool,
    attributes: { ...WINDOWS, ceil_mode: 'int', count_include_pad: 'int' },
    gradient: averageGradient,
  },
  GlobalAveragePool: {
    ...whole,
    gradient: ({ a, y, dy }) => {
      const count = f.div(f.cast(f.size(a), a.dtype), f.cast(f.size(y), a.dtype));
      return [f.expand(f.div(dy, count), f.shapeOf(a))];
    },
  },
  /** Where several elements are the greatest, they share the gradient. */
  GlobalMaxPool: {
    ...whole,
    gradient: ({ a, y, dy }) => {
      const greatest = f.cast(f.equal(a, y), a.dtype);
      const axes = [...a.shape.keys()].slice(2);
      return [f.mul(greatest, f.div(dy, f.sum(greatest, axes, { keep: true })))];
    },
  },
};

/** A mean is a Conv by equal weights, one channel at a time; its gradient is the transposed Conv. */
function averageGradient(step: Step): (Tensor | null)[] {
  if (flag(step, 'ceil_mode')) return mismatch('a ceil_mode of 0', '1');
  const { a, dy } = step;
  const kernel = ints(step, 'kernel_shape');
  const along = windows(step);
  const options = attributesOf(along);
  const weights = f.expand(scalar(1, a.dtype), [1, 1, ...kernel]);
  const inside = flag(step, 'count_include_pad') || options.pads.every(pad => pad === 0);
  const count = inside
    ? kernel.reduce((product, size) => product * size, 1)
    : f.conv(f.expand(scalar(1, a.dtype), f.concat([integers([1, 1]), sizesOf(a)], 0)), weights, options);

  // The places of one channel, for all batches and channels at once.
  const flat = f.reshape(f.div(dy, count), f.concat([integers([-1, 1]), sizesOf(dy)], 0));
  const rest = along.map((window, axis) => unreached(a.shape[axis + 2]!, dy.shape[axis + 2]!, window));
  const spread = f.convTranspose(flat, weights, { ...options, outputPadding: rest });
  return [f.reshape(spread, f.shapeOf(a))];
}

/** How much of an axis no window reaches. */
function unreached(
  size: Shape[number],
  count: Shape[number],
  { kernel, stride, dilation, before, after }: Window,
): number {
  if (stride === 1) return 0;
  if (typeof size === 'string' || typeof count === 'string') return mismatch('an input of known size', String(size));
  return size + before + after - (count - 1) * stride - (Number(kernel) - 1) * dilation - 1;
}

function windows(call: Call): Window[] {
  return windowsOf(call, call.a.shape.slice(2), ints(call, 'kernel_shape'));
}

function pooled(call: Call): Shape {
  const sizes = call.a.shape.slice(2);
  return [
    ...call.a.shape.slice(0, 2),
    ...windows(call).map((each, axis) => places(sizes[axis]!, each, flag(call, 'ceil_mode'))),
  ];
}

/** The sizes behind batch and channels, as a tensor. */
function sizesOf(x: Tensor): Tensor {
  return f.slice(f.shapeOf(x), 0, 2, x.shape.length);
}

function ones({ shape }: Tensor): Shape {
  return shape.length > 2
    ? shape.slice(2).map(() => 1)
    : mismatch('batch, channels and at least one more axis', `${shape.length} axes`);
}
