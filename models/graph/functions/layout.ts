import { apply, applyAll } from '../apply.ts';
import { same } from '../ops/rules/shapes.ts';
import { valuesOf } from '../ops/rules/values.ts';
import { integers, scalar, staticShape, type Tensor } from '../tensor.ts';

/** To a shape in numbers, one of them perhaps -1 for what is left over, or to a shape that is itself a tensor. */
export function reshape(x: Tensor, shape: readonly number[] | Tensor): Tensor {
  const target = sizes(shape);
  const dims = valuesOf(target);
  return dims && same(dims, x.shape) ? x : apply('Reshape', [x, target]);
}
export const expand = (x: Tensor, shape: readonly number[] | Tensor): Tensor => apply('Expand', [x, sizes(shape)]);
export const unsqueeze = (x: Tensor, axes: readonly number[]): Tensor =>
  axes.length === 0 ? x : apply('Unsqueeze', [x, integers(axes)]);
export const squeeze = (x: Tensor, axes: readonly number[]): Tensor => apply('Squeeze', [x, integers(axes)]);
/** Axes in another order; a tensor whose axes come back to where they were before is what it was before. */
export function transpose(x: Tensor, perm: readonly number[]): Tensor {
  const node = x.origin.kind === 'output' && x.origin.node.op === 'Transpose' ? x.origin.node : undefined;
  const before = node?.attributes.perm as readonly number[] | undefined;
  if (before?.every((_, axis) => before[perm[axis]!] === axis)) return node!.inputs[0]!;
  return apply('Transpose', [x], { perm });
}
/** Parts of the given sizes along an axis. */
export const split = (x: Tensor, parts: readonly number[] | Tensor, axis: number): readonly Tensor[] =>
  applyAll('Split', [x, sizes(parts)], { axis });
export const concat = (parts: readonly Tensor[], axis: number): Tensor => apply('Concat', parts, { axis });
/** With one value around it: so many before each axis, so many after each; numbers, or vectors of sizes. */
export const pad = (
  x: Tensor,
  before: readonly number[] | Tensor,
  after: readonly number[] | Tensor,
  value = 0,
): Tensor =>
  apply('Pad', [
    x,
    'origin' in before || 'origin' in after
      ? concat([sizes(before), sizes(after)], 0)
      : integers([...before, ...after]),
    ...(value === 0 ? [] : [scalar(value, x.dtype)]),
  ]);
/**
 * Along an axis from a start up to, and without, an end: numbers, of which negative ones count from the end, or vectors
 * [1] that are computed from sizes. A negative step goes from a start down to, and without, an end.
 */
export const slice = (x: Tensor, axis: number, start: number | Tensor, end: number | Tensor, step = 1): Tensor =>
  apply('Slice', [
    x,
    ...[start, end].map(each => (typeof each === 'number' ? integers([each]) : each)),
    integers([axis]),
    ...(step === 1 ? [] : [integers([step])]),
  ]);
/** Repeated along each axis. */
export const tile = (x: Tensor, repeats: readonly number[] | Tensor): Tensor => apply('Tile', [x, sizes(repeats)]);
/** Of the matrices in the last two dimensions what stands at and above, or below, the k-th diagonal; zeros elsewhere. */
export const triangle = (x: Tensor, { k = 0, upper = false }: { k?: number | Tensor; upper?: boolean } = {}): Tensor =>
  apply('Trilu', [x, typeof k === 'number' ? scalar(k, 'int64') : k], { upper: upper ? 1 : 0 });
export const size = (x: Tensor): Tensor => apply('Size', [x]);

/** The shape as a tensor: a constant where all of it is known, else read when the graph runs. */
export function shapeOf(x: Tensor): Tensor {
  const shape = staticShape(x.shape);
  return shape ? integers(shape) : apply('Shape', [x]);
}

/** The size along an axis as a vector [1]: a constant where it is known, else read when the graph runs. */
export function sizeAlong(x: Tensor, axis: number): Tensor {
  const dim = x.shape.at(axis)!;
  const start = axis < 0 ? axis + x.shape.length : axis;
  return typeof dim === 'number' ? integers([dim]) : apply('Shape', [x], { start, end: start + 1 });
}

/** Zeros of the type of a tensor. */
export function zerosLike(x: Tensor): Tensor {
  return expand(scalar(0, x.dtype), shapeOf(x));
}

function sizes(given: readonly number[] | Tensor): Tensor {
  return 'origin' in given ? given : integers(given);
}
