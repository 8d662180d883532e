import { apply, applyAll } from '../apply.ts';
import { same } from '../ops/shapes.ts';
import { valuesOf } from '../ops/values.ts';
import { integers, scalar, staticShape, type Tensor } from '../tensor.ts';

/** To a shape in numbers, one of them perhaps -1 for what is left over, or to a shape that is itself a tensor. */
export function reshape(x: Tensor, shape: readonly number[] | Tensor): Tensor {
  const target = 'origin' in shape ? shape : integers(shape);
  const dims = valuesOf(target);
  return dims && same(dims, x.shape) ? x : apply('Reshape', [x, target]);
}
export const expand = (x: Tensor, shape: readonly number[] | Tensor): Tensor =>
  apply('Expand', [x, 'origin' in shape ? shape : integers(shape)]);
export const unsqueeze = (x: Tensor, axes: readonly number[]): Tensor => apply('Unsqueeze', [x, integers(axes)]);
export const squeeze = (x: Tensor, axes: readonly number[]): Tensor => apply('Squeeze', [x, integers(axes)]);
export const transpose = (x: Tensor, perm: readonly number[]): Tensor => apply('Transpose', [x], { perm });
/** Parts of the given sizes along an axis. */
export const split = (x: Tensor, sizes: readonly number[] | Tensor, axis: number): readonly Tensor[] =>
  applyAll('Split', [x, 'origin' in sizes ? sizes : integers(sizes)], { axis });
export const concat = (parts: readonly Tensor[], axis: number): Tensor => apply('Concat', parts, { axis });
export const pad = (x: Tensor, before: readonly number[], after: readonly number[]): Tensor =>
  apply('Pad', [x, integers([...before, ...after])]);
export const slice = (x: Tensor, axis: number, start: number, end: number): Tensor =>
  apply('Slice', [x, integers([start]), integers([end]), integers([axis])]);
export const size = (x: Tensor): Tensor => apply('Size', [x]);

/** The shape as a tensor: a constant where all of it is known, else read when the graph runs. */
export function shapeOf(x: Tensor): Tensor {
  const shape = staticShape(x.shape);
  return shape ? integers(shape) : apply('Shape', [x]);
}

/** Zeros of the type of a tensor. */
export function zerosLike(x: Tensor): Tensor {
  return expand(scalar(0, x.dtype), shapeOf(x));
}
