import { add, clip, div, mul, sqrt, sum } from '../../functions.ts';
import type { Tensor } from '../../tensor.ts';

/** What is done to the gradient of all parameters, a vector, before the optimiser sees it. */
export type GradientTransform = (gradient: Tensor) => Tensor;

/** Keeps `torch.nn.utils.clip_grad_norm_` from dividing by 0, and so this. */
const TINY = 1e-6;

/**
 * Scales a gradient down to a length where it is longer: Pascanu, Mikolov and Bengio, "On the difficulty of training
 * recurrent neural networks", 2013, algorithm 1, over all parameters together.
 */
export function clipByNorm(most: number): GradientTransform {
  return gradient => {
    const length = sqrt(sum(mul(gradient, gradient)));
    return mul(gradient, clip(div(most, add(length, TINY)), 0, 1));
  };
}

/** Keeps each element of a gradient within [-most, most]. */
export function clipByValue(most: number): GradientTransform {
  return gradient => clip(gradient, -most, most);
}
