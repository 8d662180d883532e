import * as f from '../functions.ts';
import { type Dtype, isGiven, type Tensor } from '../tensor.ts';
import { type Call, int, mismatch, type Op, type Rows, type Step } from './row.ts';
import { axisOf, reduced, times } from './rules/shapes.ts';
import { known } from './rules/values.ts';

const overAxis = {
  arity: [1, 1],
  takes: 'float',
  attributes: { axis: 'int' },
  shape: ({ a }: Call) => a.shape,
} as const;
/** The place of an extreme along an axis, of several the first, or the last where it is so said. */
const place = {
  ...overAxis,
  takes: 'number',
  attributes: { axis: 'int', keepdims: 'int', select_last_index: 'int' },
  shape: (call: Call) => reduced(call.a.shape, [axisOf(int(call, 'axis', 0), call.a.shape.length)], keeps(call)),
  dtype: (): Dtype => 'int64',
} as const;

const SHARED = 'elements that are equally extreme share the gradient';

/** Many elements in, one out, and what is normalised or counted up along an axis. */
export const REDUCTIONS: Rows = {
  ReduceSum: reduction(step => spread(step, step.dy)),
  ReduceMean: reduction(step => f.div(spread(step, step.dy), averaged(step))),
  ReduceMax: reduction(extremeGradient, SHARED),
  ReduceMin: reduction(extremeGradient, SHARED),
  ReduceProd: reduction(productGradient, 'the product of the others, also where elements are 0'),
  ReduceL1: reduction(step => f.mul(kept(step, step.dy), f.sign(step.a))),
  ReduceL2: reduction(step => {
    const y = kept(step, step.y);
    return f.mul(kept(step, step.dy), f.where(f.equal(y, 0), 0, f.div(step.a, y)));
  }, 'where all elements are 0 the gradient is 0'),
  ReduceSumSquare: reduction(step => f.mul(kept(step, f.mul(step.dy, 2)), step.a)),
  ReduceLogSumExp: reduction(step => f.mul(kept(step, step.dy), f.exp(f.sub(step.a, kept(step, step.y))))),
  ArgMax: place,
  ArgMin: place,
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
  /** Along the axis that `b` holds: the sum of all elements up to each, itself included unless exclusive is 1. */
  CumSum: {
    arity: [2, 2],
    takes: 'number',
    operands: [0],
    attributes: { exclusive: 'int', reverse: 'int' },
    shape: ({ a, b }) => {
      axisOf(known(b, 'an axis')[0]!, a.shape.length);
      return a.shape;
    },
    /** An element counts in all sums from its own on: the sum in the other direction. */
    gradient: step => {
      const [exclusive, reverse] = [int(step, 'exclusive', 0) === 1, int(step, 'reverse', 0) === 1];
      return [f.cumSum(step.dy, known(step.b, 'an axis')[0]!, { exclusive, reverse: !reverse }), null];
    },
  },
};

/** A row with the axes as a second input, all where there is none; the rule gives the gradient of `a` alone. */
function reduction(gradient: (step: Step) => Tensor, note?: string): Op {
  return {
    ...(note && { note }),
    arity: [1, 2],
    takes: 'number',
    operands: [0],
    attributes: { keepdims: 'int', noop_with_empty_axes: 'int' },
    shape: call => reduced(call.a.shape, axesOf(call), keeps(call)),
    gradient: step => step.inputs.map((_, place) => (place === 0 ? gradient(step) : null)),
  };
}

/** An output, or its gradient, with the reduced dimensions as ones, so that it broadcasts against `a`. */
function kept(step: Step, reduced: Tensor): Tensor {
  return keeps(step) ? reduced : f.unsqueeze(reduced, axesOf(step));
}

/** A reduction's gradient, given to each of the elements that were reduced. */
function spread(step: Step, dy: Tensor): Tensor {
  return f.expand(kept(step, dy), f.shapeOf(step.a));
}

/** How many elements each mean was taken over. */
function averaged(step: Step): Tensor | number {
  const count = times(axesOf(step).map(axis => step.a.shape[axis]!));
  return typeof count === 'number'
    ? count
    : f.div(f.cast(f.size(step.a), step.dy.dtype), f.cast(f.size(step.y), step.dy.dtype));
}

function extremeGradient(step: Step): Tensor {
  const reached = f.cast(f.equal(step.a, kept(step, step.y)), step.dy.dtype);
  return f.mul(f.div(kept(step, step.dy), f.sum(reached, axesOf(step), { keep: true })), reached);
}

/** For each element the product of the others; quotients would not do where elements are 0. */
function productGradient(step: Step): Tensor {
  const axes = axesOf(step);
  const zero = f.equal(step.a, 0);
  const others = f.where(zero, 1, step.a);
  const zeros = f.cast(zero, step.dy.dtype);
  const zerosBeside = f.sub(f.sum(zeros, axes, { keep: true }), zeros);
  const product = f.div(f.product(others, axes, { keep: true }), others);
  return f.mul(kept(step, step.dy), f.where(f.equal(zerosBeside, 0), product, 0));
}

function axesOf(call: Call): number[] {
  const { a, b } = call;
  const axes = isGiven(b) ? known(b, 'axes').map(axis => axisOf(axis, a.shape.length)) : [];
  if (new Set(axes).size < axes.length) return mismatch('axes that differ', axes.join(', '));
  return axes.length === 0 && int(call, 'noop_with_empty_axes', 0) === 0 ? [...a.shape.keys()] : axes;
}

function keeps(call: Call): boolean {
  return int(call, 'keepdims', 1) === 1;
}
