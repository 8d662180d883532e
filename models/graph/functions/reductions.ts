import { apply } from '../apply.ts';
import { integers, scalar, type Tensor } from '../tensor.ts';

/** The sum over some axes, or over all of them. */
export const sum = (x: Tensor, axes?: readonly number[], { keep = false } = {}): Tensor =>
  apply('ReduceSum', [x, integers(axes ?? [...x.shape.keys()])], { keepdims: keep ? 1 : 0 });
export const mean = (x: Tensor, axes?: readonly number[], { keep = false } = {}): Tensor =>
  apply('ReduceMean', [x, integers(axes ?? [...x.shape.keys()])], { keepdims: keep ? 1 : 0 });

export const max = (x: Tensor, axes?: readonly number[], { keep = false } = {}): Tensor =>
  apply('ReduceMax', [x, integers(axes ?? [...x.shape.keys()])], { keepdims: keep ? 1 : 0 });
export const cumSum = (x: Tensor, axis: number): Tensor => apply('CumSum', [x, scalar(axis, 'int64')]);

export const softmax = (x: Tensor, axis = -1): Tensor => apply('Softmax', [x], { axis });
export const logSoftmax = (x: Tensor, axis = -1): Tensor => apply('LogSoftmax', [x], { axis });
