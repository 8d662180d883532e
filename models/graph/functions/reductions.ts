import { apply } from '../apply.ts';
import { integers, scalar, type Tensor } from '../tensor.ts';

/** What a reduction goes over: some axes, none of an empty list, all where no list is given; kept, they stay as 1. */
type Reduction = (x: Tensor, axes?: readonly number[], options?: { keep?: boolean }) => Tensor;

export const sum: Reduction = reduction('ReduceSum');
export const mean: Reduction = reduction('ReduceMean');
export const product: Reduction = reduction('ReduceProd');
export const reduceMax: Reduction = reduction('ReduceMax');
export const reduceMin: Reduction = reduction('ReduceMin');
/** The sum of the absolute values. */
export const l1Norm: Reduction = reduction('ReduceL1');
/** The root of the sum of the squares. */
export const l2Norm: Reduction = reduction('ReduceL2');
export const sumSquare: Reduction = reduction('ReduceSumSquare');
/** The logarithm of the sum of the exponentials, finite wherever the elements are. */
export const logSumExp: Reduction = reduction('ReduceLogSumExp');

/** The place of the greatest element along an axis, int64; of several the first. */
export const argMax = (x: Tensor, axis = -1, { keep = false } = {}): Tensor =>
  apply('ArgMax', [x], { axis, keepdims: keep ? 1 : 0 });
/** The place of the least element along an axis, int64; of several the first. */
export const argMin = (x: Tensor, axis = -1, { keep = false } = {}): Tensor =>
  apply('ArgMin', [x], { axis, keepdims: keep ? 1 : 0 });

export const softmax = (x: Tensor, axis = -1): Tensor => apply('Softmax', [x], { axis });
export const logSoftmax = (x: Tensor, axis = -1): Tensor => apply('LogSoftmax', [x], { axis });

/** Sums up to each element along an axis, itself not counted where exclusive; from the end where reverse. */
export const cumSum = (x: Tensor, axis: number, { exclusive = false, reverse = false } = {}): Tensor =>
  apply('CumSum', [x, scalar(axis, 'int64')], {
    ...(exclusive && { exclusive: 1 }),
    ...(reverse && { reverse: 1 }),
  });

function reduction(op: string): Reduction {
  return (x, axes, { keep = false } = {}) =>
    apply(op, [x, integers(axes ?? [...x.shape.keys()])], {
      keepdims: keep ? 1 : 0,
      ...(axes?.length === 0 && { noop_with_empty_axes: 1 }),
    });
}
