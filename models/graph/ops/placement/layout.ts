import * as f from '../../functions.ts';
import { type Dim, isGiven, type Shape, type Tensor } from '../../tensor.ts';
import { type Call, int, mismatch, type Rows } from '../row.ts';
import { axisOf, broadcast, joined, reduced, reshaped, show, times, total } from '../rules/shapes.ts';
import { known, target, valuesOf } from '../rules/values.ts';

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
  /** Repeated along each axis, as often as `b` says. */
  Tile: {
    ...rearranging,
    shape: ({ a, b }) => {
      const repeats = target(b);
      if (repeats.length !== a.shape.length) return mismatch(`${a.shape.length} repeats`, show(repeats));
      return a.shape.map((dim, axis) => times([dim, repeats[axis]!]));
    },
    /** Each repetition is an axis of its own, over which its gradients add up. */
    gradient: ({ a, b, dy }) => {
      const axes = [...a.shape.keys()];
      const apart = axes.flatMap(axis => [f.slice(b, 0, axis, axis + 1), f.sizeAlong(a, axis)]);
      const repeats = axes.map(axis => 2 * axis);
      return [axes.length === 0 ? dy : f.sum(f.reshape(dy, f.concat(apart, 0)), repeats), null];
    },
  },
  /** Of the matrices in the last two dimensions the triangle at and above, or below, the k-th diagonal. */
  Trilu: {
    arity: [1, 2],
    takes: 'any',
    operands: [0],
    attributes: { upper: 'int' },
    shape: ({ a }) => (a.shape.length >= 2 ? a.shape : mismatch('matrices', show(a.shape))),
    gradient: step => {
      const k = isGiven(step.b) ? step.b : 0;
      return step.inputs.map((_, place) =>
        place === 0 ? f.triangle(step.dy, { k, upper: int(step, 'upper', 1) === 1 }) : null,
      );
    },
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
    tensors.map(tensor => f.sizeAlong(tensor, axis)),
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
