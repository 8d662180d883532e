import type { Told } from '../../../schemas/models/models.ts';
import type { Tensor } from '../../graph/tensor.ts';
import type { Columns } from '../../graph/training/batches.ts';
import type { Training } from '../../graph/training/fit.ts';
import type { Parameters } from '../../graph/training/parameters.ts';
import type { Random } from '../../random.ts';
import { epsilonOf } from './accountant.ts';
import { noised, PrivateBatches } from './private-batches.ts';
import { privateLoss } from './private-loss.ts';

/** How much noise hides an example. */
export interface Privacy {
  /** Deviation of the noise, in lengths to which gradients are clipped. */
  noise: number;
  /** That length. */
  clip: number;
}

interface PrivateParts {
  losses: (parameters: Parameters) => Tensor;
  columns: Columns;
  rows: number;
  batch: number;
  parameters: number;
  /** A test's. */
  draws?: Random;
}

/**
 * What of a training is otherwise where examples are to be hidden in it: how batches are drawn, what the gradient is, and that
 * no run stands for several steps, since batches differ in size.
 */
export function privately(
  { noise, clip }: Privacy,
  { losses, columns, rows, batch, parameters, draws }: PrivateParts,
): Pick<Training, 'loss' | 'clip' | 'columns' | 'plan' | 'stepsPerRun'> {
  const size = Math.min(batch, rows);
  const batches = new PrivateBatches(columns, { rows, size, parameters, ...(draws && { draws }) });
  return {
    loss: slices => privateLoss(losses(slices), slices, { most: clip, size }),
    clip: noised(parameters, (noise * clip) / size),
    columns: batches,
    plan: () => batches.plan(),
    stepsPerRun: 1,
  };
}

/**
 * What so many steps tell of one example.
 *
 * @returns epsilon, with a delta a tenth of one by the examples, and 1e-5 at most
 */
export function toldBy({ noise }: Privacy, rows: number, batch: number, steps: number): Told {
  const delta = Math.min(1e-5, 1 / (10 * rows));
  const rate = Math.min(1, batch / rows);
  return { delta, epsilon: epsilonOf({ rate, noise, steps }, delta) };
}
