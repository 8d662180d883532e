import { apply } from '../../../../models/graph/apply.ts';
import * as f from '../../../../models/graph/functions.ts';
import type { Tensor } from '../../../../models/graph/tensor.ts';
import { along, type Case, type Cases, given, one, shapeOf, shuffled } from './case.ts';

type Reduction = (x: Tensor, axes?: readonly number[], options?: { keep?: boolean }) => Tensor;

/** Over some axes of a random shape, kept or not. */
function over(reduce: Reduction): Case {
  return draws => {
    const rank = 1 + draws.below(4);
    const axes = shuffled(draws, rank).slice(draws.below(rank));
    const keep = draws.below(2) === 0;
    return { shapes: [shapeOf(draws, rank)], of: x => reduce(x, axes, { keep }) };
  };
}

export const REDUCTIONS: Cases = {
  ReduceSum: over((x, ...options) => f.sum(f.exp(x), ...options)),
  'ReduceSum, kept, then broadcast': given([['N', 3]], x => f.mul(x, f.sum(f.exp(x), [0], { keep: true }))),
  'ReduceSum, axes not given': one(x => apply('ReduceSum', [f.exp(x)], { keepdims: 0 })),
  ReduceMean: over((x, ...options) => f.mean(f.exp(x), ...options)),
  'ReduceMean, of all': one(x => f.mean(f.mul(x, x))),
  ReduceMax: over(f.reduceMax),
  ReduceMin: over(f.reduceMin),
  ReduceProd: over(f.product),
  'ReduceProd, with zeros': given([['N', 3]], x => f.product(f.relu(x), [0])),
  ReduceL1: over(f.l1Norm),
  ReduceL2: over(f.l2Norm),
  ReduceSumSquare: over(f.sumSquare),
  ReduceLogSumExp: over(f.logSumExp),
  'ArgMax and ArgMin, as indices': given([['N', 3]], x => f.gather(f.exp(x), f.sub(f.argMax(x), f.argMin(x)), 1)),
  CumSum: along((x, axis) => f.cumSum(f.exp(x), axis)),
  'CumSum, exclusive': along((x, axis) => f.cumSum(f.exp(x), axis, { exclusive: true })),
  'CumSum, reverse': along((x, axis) => f.cumSum(f.exp(x), axis, { reverse: true })),
  Softmax: along((x, axis) => f.softmax(x, axis)),
  LogSoftmax: along((x, axis) => f.logSoftmax(x, axis)),
};
