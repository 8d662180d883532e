import * as f from '../graph/functions.ts';
import type { Tensor } from '../graph/tensor.ts';

/** How the size of a change is measured: its greatest element, its length, or the sum of its sizes. */
export type Norm = 'linf' | 'l2' | 'l1';

/** Gradients below this count as zero: they have no direction in float32. */
const TINY = 1e-30;

/**
 * For each row the change of size 1 along which a loss grows fastest, by its gradient: the dual norm's maximiser.
 *
 * @param gradient [N, K]; a row of zeros gives zeros
 * @returns [N, K]
 */
export function steepest(gradient: Tensor, norm: Norm): Tensor {
  const size = f.abs(gradient);
  switch (norm) {
    case 'linf':
      return f.sign(gradient);
    case 'l2': {
      // Brought to a greatest element of 1 first, so that no square vanishes.
      const scaled = f.div(gradient, f.max(f.reduceMax(size, [1], { keep: true }), TINY));
      return f.div(scaled, f.max(f.l2Norm(scaled, [1], { keep: true }), 1));
    }
    case 'l1': {
      const greatest = f.cast(f.equal(size, f.reduceMax(size, [1], { keep: true })), gradient.dtype);
      const first = f.mul(greatest, f.cast(f.equal(f.cumSum(greatest, 1), 1), gradient.dtype));
      return f.mul(f.sign(gradient), first);
    }
  }
}

/**
 * For each row the nearest change whose size is within the budget.
 *
 * @param change [N, K]
 * @param budget 0 or more, of a shape that broadcasts to [N, 1]
 * @returns [N, K], within the budget up to the last bit of its norm
 */
export function project(change: Tensor, norm: Norm, budget: Tensor): Tensor {
  switch (norm) {
    case 'linf':
      return f.max(f.min(change, budget), f.neg(budget));
    case 'l2':
      return f.mul(change, f.div(budget, f.max(f.l2Norm(change, [1], { keep: true }), budget, TINY)));
    case 'l1':
      return f.mul(f.sign(change), f.relu(f.sub(f.abs(change), excess(f.abs(change), budget))));
  }
}

/**
 * By how much all sizes have to shrink, those below it to 0, so that their sum is the budget (Duchi et al., "Efficient
 * projections onto the l1-ball", ICML 2008, figure 1). Over the j greatest sizes their own answer is (sum - budget) / j;
 * with too few or too many of them it is too small, so the right one is the greatest, and 0 within the budget.
 */
function excess(sizes: Tensor, budget: Tensor): Tensor {
  const [sorted] = f.topK(sizes, f.slice(f.shapeOf(sizes), 0, 1, 2), 1);
  const counts = f.cumSum(f.add(f.zerosLike(sorted), 1), 1);
  return f.relu(f.reduceMax(f.div(f.sub(f.cumSum(sorted, 1), budget), counts), [1], { keep: true }));
}
