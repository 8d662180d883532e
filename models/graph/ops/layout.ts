import * as f from '../functions.ts';
import { type Dim, isGiven, type Shape, type Tensor } from '../tensor.ts';
import { type Call, int, mismatch, type Rows, type Step } from './row.ts';
import { axisOf, broadcast, joined, range, reduced, reshaped, show, sizeOf, total } from './shapes.ts';
import { known, target, valuesOf } from './values.ts';

const rearranging = { arity: [2, 2], takes: 'any', operands: [0] } as const;

/** The same elements in another shape or order, or some of them. */
export const LAYOUT: Rows = {
  Transpose: {
    arity: [1, 1],
    takes: 'any',
    attributes: { perm: 'ints' },
    shape: call => permutation(call).map(axis => call.a.shape[axis]!),
    gradient: step => [f.transpose(step.dy, inverse(permutation(step)))],
  },
  Reshape: {
    ...rearranging,
    attributes: { allowzero: 'int' },
    shape: ({ a, b }) => reshaped(a.shape, target(b)),
    gradient: ({ a, dy }) => [f.reshape(dy, f.shapeOf(a)), null],
  },
  Unsqueeze: {
    ...rearranging,
    shape: unsqueezed,
    gradient: ({ a, dy }) => [f.reshape(dy, f.shapeOf(a)), null],
  },
  Squeeze: {
    ...rearranging,
    arity: [1, 2],
    shape: squeezed,
    gradient: ({ inputs, a, dy }) => [f.reshape(dy, f.shapeOf(a)), ...inputs.slice(1).map(() => null)],
  },
  Expand: {
    ...rearranging,
    shape: ({ a, b }) => broadcast(a.shape, target(b)),
    gradient: ({ dy }) => [dy, null],
  },
  Concat: {
    arity: [1, Number.POSITIVE_INFINITY],
    takes: 'any',
    attributes: { axis: 'int' },
    shape: call =>
      joined(
        call.inputs.map(({ shape }) => shape),
        int(call, 'axis'),
      ),
    gradient: step => {
      const axis = axisOf(int(step, 'axis'), step.y.shape.length);
      return f.split(step.dy, sizesOf(step.inputs, axis), axis);
    },
  },
  /** Parts of the given sizes along an axis, each an output. */
  Split: {
    ...rearranging,
    attributes: { axis: 'int' },
    shape: call => part(call, partSizes(call)[0]!),
    also: call =>
      partSizes(call)
        .slice(1)
        .map(size => ({ dtype: call.a.dtype, shape: part(call, size) })),
    gradient: step => [
      f.concat(
        step.ys.map((y, place) => step.dys[place] ?? f.zerosLike(y)),
        int(step, 'axis', 0),
      ),
      null,
    ],
  },
  /** Of `a`: starts, ends, axes and, all 1, steps. An end may be a symbolic size, within which `a` then is. */
  Slice: {
    arity: [3, 5],
    takes: 'any',
    operands: [0],
    shape: sliced,
    gradient: sliceGradient,
  },
  /** With zeros: how many before each axis, then how many after each. */
  Pad: {
    ...rearranging,
    takes: 'number',
    shape: padded,
    gradient: padGradient,
  },
  Shape: {
    arity: [1, 1],
    takes: 'any',
    attributes: { start: 'int', end: 'int' },
    shape: ({ a, attributes: { start, end } }) => [a.shape.slice(start as number, end as number).length],
    dtype: () => 'int64',
  },
  Size: { arity: [1, 1], takes: 'any', shape: () => [], dtype: () => 'int64' },
};

/** The size of each tensor along an axis, as a tensor: a constant where they are known. */
function sizesOf(tensors: readonly Tensor[], axis: number): Tensor | number[] {
  const sizes = tensors.map(({ shape }) => shape[axis]!);
  if (sizes.every(size => typeof size === 'number')) return sizes;
  return f.concat(
    tensors.map(tensor => f.slice(f.shapeOf(tensor), 0, axis, axis + 1)),
    0,
  );
}

function partSizes(call: Call): Dim[] {
  const sizes = valuesOf(call.b) ?? mismatch('sizes of parts that are constant or computed from sizes', 'others');
  const whole = call.a.shape[axisOf(int(call, 'axis', 0), call.a.shape.length)]!;
  return total(sizes) === whole ? sizes : mismatch(`parts of ${whole} in all`, show(sizes));
}

function part(call: Call, size: Dim): Shape {
  const axis = axisOf(int(call, 'axis', 0), call.a.shape.length);
  return call.a.shape.map((dim, each) => (each === axis ? size : dim));
}

function sliced(call: Call): Shape {
  return call.a.shape.map((dim, axis) => {
    const part = cut(call, axis);
    return part ? total([part.end, -part.start]) : dim;
  });
}

function sliceGradient(step: Step): (Tensor | null)[] {
  const cuts = step.a.shape.map((dim, axis) => ({ dim, ...(cut(step, axis) ?? { start: 0, end: dim }) }));
  const before = cuts.map(({ start }) => start);
  const after = cuts.map(({ dim, end }) => (dim === end ? 0 : sizeOf(dim) - sizeOf(end)));
  return step.inputs.map((_, place) => (place === 0 ? f.pad(step.dy, before, after) : null));
}

/** The part of an axis that a Slice takes, or undefined where it takes all of it. */
function cut({ a, b, c, inputs }: Call, axis: number): { start: number; end: Dim } | undefined {
  const starts = known(b, 'starts');
  const [axes, steps] = inputs.slice(3).map(tensor => known(tensor, 'axes and steps'));
  if (steps?.some(step => step !== 1)) return mismatch('steps of 1', steps.join(', '));
  const at = (axes ?? [...starts.keys()]).findIndex(each => axisOf(each, a.shape.length) === axis);
  if (at < 0) return undefined;
  const [start, end] = [starts[at]!, target(c)[at]!];
  return typeof end === 'string' && start >= 0 ? { start, end } : range(a.shape[axis]!, start, sizeOf(end));
}

function padded(call: Call): Shape {
  return call.a.shape.map((dim, axis) => total([dim, margin(call, axis).before, margin(call, axis).after]));
}

function padGradient(step: Step): (Tensor | null)[] {
  const inner = step.a.shape.reduce((dy, dim, axis) => {
    const { before, after } = margin(step, axis);
    return before + after === 0 ? dy : f.slice(dy, axis, before, before + sizeOf(dim));
  }, step.dy);
  return [inner, null];
}

/** What a Pad adds around an axis. */
function margin({ a, b }: Call, axis: number): { before: number; after: number } {
  const pads = known(b, 'pads');
  if (pads.length !== 2 * a.shape.length) return mismatch(`${2 * a.shape.length} pads`, String(pads.length));
  return { before: pads[axis]!, after: pads[axis + a.shape.length]! };
}

function unsqueezed(call: Call): Shape {
  const axes = known(call.b, 'axes');
  const rank = call.a.shape.length + axes.length;
  const added = axes.map(axis => axisOf(axis, rank));
  const kept = [...call.a.shape];
  return Array.from({ length: rank }, (_, axis): Dim => (added.includes(axis) ? 1 : kept.shift()!));
}

function squeezed({ a, b }: Call): Shape {
  const axes = isGiven(b)
    ? known(b, 'axes').map(axis => axisOf(axis, a.shape.length))
    : [...a.shape.keys()].filter(axis => a.shape[axis] === 1);
  if (axes.every(axis => a.shape[axis] === 1)) return reduced(a.shape, axes, false);
  return mismatch('dimensions of 1 to remove', `${show(a.shape)} at the axes ${axes.join(', ')}`);
}

function permutation(call: Call): number[] {
  const given = call.attributes.perm;
  const perm = Array.isArray(given) ? (given as number[]) : [...call.a.shape.keys()].reverse();
  const sorted = [...perm].sort((p, q) => p - q);
  if (perm.length === call.a.shape.length && sorted.every((axis, place) => axis === place)) return perm;
  return mismatch(`a permutation of ${call.a.shape.length} axes`, perm.join(', '));
}

function inverse(perm: readonly number[]): number[] {
  return perm.map((_, axis) => perm.indexOf(axis));
}
