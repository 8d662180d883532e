import { add, div, mul, sqrt, sub } from '../../functions.ts';
import type { Tensor } from '../../tensor.ts';

/**
 * How parameters change with their gradient. `update` writes it into a graph; what depends on the number of the step
 * is computed on the host by `schedule` and fed as scalars, so that one graph serves every step.
 */
export interface Optimiser {
  /** Names of the tensors, of the shape of the parameters, that it carries from step to step; they begin with zeros. */
  readonly slots: readonly string[];
  update(now: Update): { parameters: Tensor; slots: readonly Tensor[] };
  /** @param step counted from 1 */
  schedule(step: number): StepScalars;
}

/** What a step takes beside its gradient; 0 where the optimiser has no use for it. */
export interface StepScalars {
  readonly rate: number;
  readonly epsilon: number;
  /** Parameters are multiplied by 1 - rate decay, whatever their gradient (Loshchilov and Hutter, 2019). */
  readonly decay: number;
}

export type Update = { readonly [scalar in keyof StepScalars]: Tensor } & {
  readonly parameters: Tensor;
  readonly gradient: Tensor;
  readonly slots: readonly Tensor[];
};

/**
 * Gradient descent with momentum, v = momentum v + g, w -= rate v; Nesterov's form looks ahead by w -= rate (g +
 * momentum v). Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep
 * learning", 2013, with the rate outside of v, as in `torch.optim.SGD`.
 */
export function sgd({ rate = 1e-2, momentum = 0, nesterov = false, decay = 0 } = {}): Optimiser {
  return {
    slots: momentum === 0 ? [] : ['velocity'],
    update: now => {
      const [velocity] = now.slots;
      const kept = decayed(now, decay);
      if (!velocity) return { parameters: sub(kept, mul(now.gradient, now.rate)), slots: [] };
      const faster = add(mul(velocity, momentum), now.gradient);
      const move = nesterov ? add(now.gradient, mul(faster, momentum)) : faster;
      return { parameters: sub(kept, mul(move, now.rate)), slots: [faster] };
    },
    schedule: () => ({ rate, epsilon: 0, decay }),
  };
}

/**
 * Adam (Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1).
 *
 * The graph carries sums in place of the means, m = (1 - b1) M and v = (1 - b2) V, which saves two passes over the
 * parameters; the factors, and the bias corrections c1 = 1 - b1^t and c2 = 1 - b2^t, go into the scalars:
 * rate / c1 m / (sqrt(v / c2) + eps) = rate k M / (sqrt(V) + eps sqrt(c2 / (1 - b2))) with k = (1 - b1) / c1 sqrt(c2 /
 * (1 - b2)).
 */
export function adam({ rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0 } = {}): Optimiser {
  return {
    slots: ['m', 'v'],
    update: now => {
      const [m, v] = now.slots as [Tensor, Tensor];
      const sums = add(mul(m, beta1), now.gradient);
      const squares = add(mul(v, beta2), mul(now.gradient, now.gradient));
      const move = div(mul(sums, now.rate), add(sqrt(squares), now.epsilon));
      return { parameters: sub(decayed(now, decay), move), slots: [sums, squares] };
    },
    schedule: step => {
      const growth = Math.sqrt((1 - beta2 ** step) / (1 - beta2));
      const corrected = ((1 - beta1) / (1 - beta1 ** step)) * growth;
      // The decay goes by the rate before its correction.
      return { rate: rate * corrected, decay: decay / corrected, epsilon: epsilon * growth };
    },
  };
}

/** Adam with decay apart from the gradient (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019). */
export function adamW({ decay = 1e-2, ...options }: Parameters<typeof adam>[0] = {}): Optimiser {
  return adam({ decay, ...options });
}

/**
 * Adagrad, a += g^2, w -= rate g / (sqrt(a) + epsilon): Duchi, Hazan and Singer, "Adaptive subgradient methods for
 * online learning and stochastic optimization", 2011, section 1.1, the diagonal form.
 */
export function adagrad({ rate = 1e-2, epsilon = 1e-10, decay = 0 } = {}): Optimiser {
  return {
    slots: ['squares'],
    update: now => {
      const squares = add(now.slots[0]!, mul(now.gradient, now.gradient));
      const move = div(mul(now.gradient, now.rate), add(sqrt(squares), now.epsilon));
      return { parameters: sub(decayed(now, decay), move), slots: [squares] };
    },
    schedule: () => ({ rate, epsilon, decay }),
  };
}

function decayed({ parameters, rate, decay }: Update, share: number): Tensor {
  return share === 0 ? parameters : mul(parameters, sub(1, mul(rate, decay)));
}
