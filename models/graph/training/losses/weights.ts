import { clip, div, mean, mul } from '../../functions.ts';
import type { Tensor } from '../../tensor.ts';

/** The mean of losses, each counted with its weight; weights are around 1 and both have one shape. */
export function weightedMean(losses: Tensor, weights: Tensor): Tensor {
  return mean(mul(losses, weights));
}

/**
 * What an example counts that was shown with a known probability, so that what was shown seldom is not learned less:
 * 1 / p, at most `most`. Without the bound the expected loss is that of showing everything alike (Joachims, Swaminathan
 * and Schnabel, "Unbiased learning-to-rank with biased feedback", 2017, section 4); the bound trades a little of that
 * for much less variance (Ionides, "Truncated importance sampling", 2008).
 *
 * @param propensities in (0, 1], any shape
 */
export function inversePropensity(propensities: Tensor, most: number): Tensor {
  return clip(div(1, propensities), 0, most);
}
