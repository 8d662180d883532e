import * as f from '../functions.ts';
import type { Tensor } from '../tensor.ts';
import { type Call, int, type Rows, type Step } from './row.ts';
import { axisOf, reduced, times } from './shapes.ts';
import { known } from './values.ts';

const reduction = {
  arity: [2, 2],
  takes: 'number',
  operands: [0],
  attributes: { keepdims: 'int' },
  shape: (call: Call) => reduced(call.a.shape, axesOf(call), int(call, 'keepdims', 1) === 1),
} as const;
const overAxis = {
  arity: [1, 1],
  takes: 'float',
  attributes: { axis: 'int' },
  shape: ({ a }: Call) => a.shape,
} as const;

/** Many elements in, one out, and what is normalised along an axis. */
export const REDUCTIONS: Rows = {
  ReduceSum: { ...reduction, gradient: step => [spread(step), null] },
  ReduceMean: { ...reduction, gradient: step => [f.div(spread(step), averaged(step)), null] },
  ReduceMax: reduction,
  /** The sum of an element and all before it along an axis; of all after it where reverse is 1. */
  CumSum: {
    arity: [2, 2],
    takes: 'float',
    operands: [0],
    attributes: { exclusive: 'int', reverse: 'int' },
    shape: ({ a }) => a.shape,
  },
  Softmax: {
    ...overAxis,
    gradient: step => {
      const weighted = f.mul(step.dy, step.y);
      return [f.sub(weighted, f.mul(step.y, f.sum(weighted, [int(step, 'axis', -1)], { keep: true })))];
    },
  },
  LogSoftmax: {
    ...overAxis,
    gradient: step => [f.sub(step.dy, f.mul(f.exp(step.y), f.sum(step.dy, [int(step, 'axis', -1)], { keep: true })))],
  },
};

/** A reduction's gradient, given to each of the elements that were reduced. */
function spread(step: Step): Tensor {
  const kept = int(step, 'keepdims', 1) === 1;
  return f.expand(kept ? step.dy : f.unsqueeze(step.dy, axesOf(step)), f.shapeOf(step.a));
}

/** How many elements each mean was taken over. */
function averaged(step: Step): Tensor | number {
  const count = times(axesOf(step).map(axis => step.a.shape[axis]!));
  return typeof count === 'number'
    ? count
    : f.div(f.cast(f.size(step.a), step.dy.dtype), f.cast(f.size(step.y), step.dy.dtype));
}

function axesOf({ a, b }: Call): number[] {
  return known(b, 'axes').map(axis => axisOf(axis, a.shape.length));
}
