import { add, div, mul, sqrt, sub } from '../functions.ts';
import type { Tensor } from '../tensor.ts';

/**
 * How parameters change with their gradient. `update` writes it into a graph; what depends on the number of the step
 * is computed on the host by `schedule` and fed as two scalars, so that one graph serves every step.
 */
export interface Optimiser {
  /** Names of the tensors, of the shape of the parameters, that it carries from step to step; they begin with zeros. */
  readonly slots: readonly string[];
  update(now: Update): { parameters: Tensor; slots: readonly Tensor[] };
  /** @param step counted from 1 */
  schedule(step: number): { rate: number; epsilon: number };
}

export interface Update {
  readonly parameters: Tensor;
  readonly gradient: Tensor;
  readonly slots: readonly Tensor[];
  readonly rate: Tensor;
  readonly epsilon: Tensor;
}

/**
 * Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1).
 *
 * Its bias corrections c1 = 1 - b1^t and c2 = 1 - b2^t are moved out of the graph:
 * rate / c1 * m / (sqrt(v / c2) + eps) = (rate sqrt(c2) / c1) * m / (sqrt(v) + eps sqrt(c2)).
 */
export function adam({ rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = {}): Optimiser {
  return {
    slots: ['m', 'v'],
    update: now => {
      const [m, v] = now.slots as [Tensor, Tensor];
      const mean = add(mul(m, beta1), mul(now.gradient, 1 - beta1));
      const square = add(mul(v, beta2), mul(mul(now.gradient, now.gradient), 1 - beta2));
      const move = div(mul(mean, now.rate), add(sqrt(square), now.epsilon));
      return { parameters: sub(now.parameters, move), slots: [mean, square] };
    },
    schedule: step => {
      const [c1, c2] = [1 - beta1 ** step, 1 - beta2 ** step];
      return { rate: (rate * Math.sqrt(c2)) / c1, epsilon: epsilon * Math.sqrt(c2) };
    },
  };
}
