import { sum } from '../../graph/functions.ts';
import { graphOf } from '../../graph/graph.ts';
import { openSession, type SessionOptions, value } from '../../graph/runtime.ts';
import { input, type Tensor } from '../../graph/tensor.ts';
import type { BatchSource } from '../../graph/training/batches.ts';
import type { Parameters, ParameterVector } from '../../graph/training/parameters.ts';
import type { Plan } from '../../graph/training/plans.ts';

export interface Validator {
  /** The mean loss of the held-out examples, each counted with its weight. */
  loss(parameters: Float32Array): Promise<number>;
  release(): Promise<void>;
}

/** Examples that are held out, in batches, with the sum of their weights. */
export interface HeldOut {
  batches: BatchSource;
  plan: Plan;
  weight: number;
}

/** @param losses the weighted loss of each example, as a function of the parameters */
export async function openValidator(
  vector: ParameterVector,
  losses: (parameters: Parameters) => Tensor,
  { batches, plan, weight }: HeldOut,
  options: SessionOptions,
): Promise<Validator> {
  const parameters = input('parameters', 'float32', [vector.size]);
  const session = await openSession(graphOf({ total: sum(losses(vector.slices(parameters))) }), options);

  return {
    loss: async values => {
      let total = 0;
      for (const { feeds } of batches.of(plan)) {
        const results = await session.run({ ...feeds, parameters: value('float32', values, [vector.size]) });
        total += Number(results.total!.data[0]);
      }
      return total / weight;
    },
    release: () => session.release(),
  };
}
