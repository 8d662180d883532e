import { sum } from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { openSession, type SessionOptions, value } from '../graph/runtime.ts';
import { input, type Tensor } from '../graph/tensor.ts';
import { Batches } from '../graph/training/batches.ts';
import type { Parameters, ParameterVector } from '../graph/training/parameters.ts';
import { inOrder } from '../graph/training/plans.ts';
import { type Dataset, exampleColumns } from './dataset.ts';

export interface Validator {
  /** The mean loss of the held-out examples, each counted with its weight. */
  loss(parameters: Float32Array): Promise<number>;
  release(): Promise<void>;
}

const ROWS = 4_096;

/** @param losses the weighted loss of each example, as a function of the parameters */
export async function openValidator(
  vector: ParameterVector,
  losses: (parameters: Parameters) => Tensor,
  dataset: Dataset,
  options: SessionOptions,
): Promise<Validator> {
  const parameters = input('parameters', 'float32', [vector.size]);
  const session = await openSession(graphOf({ total: sum(losses(vector.slices(parameters))) }), options);
  const batches = new Batches(exampleColumns(dataset));
  const plan = inOrder(dataset.rows, ROWS);
  const weights = dataset.weight.reduce((total, weight) => total + weight, 0);

  return {
    loss: async values => {
      let total = 0;
      for (const { feeds } of batches.of(plan)) {
        const results = await session.run({ ...feeds, parameters: value('float32', values, [vector.size]) });
        total += Number(results.total!.data[0]);
      }
      return total / weights;
    },
    release: () => session.release(),
  };
}
