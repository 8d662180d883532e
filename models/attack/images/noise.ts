import { random } from '../../random.ts';

/** Colours of pixels in [0, 1], as planes or as they stand together: any order will do. */
export type Pixels = Float32Array;

/**
 * A picture with grain: to every value is added a draw from a normal distribution (Hendrycks and Dietterich,
 * "Benchmarking neural network robustness to common corruptions and perturbations", ICLR 2019, section 4.1).
 *
 * @param deviation of the draws, where 1 is from black to white: the budget
 * @returns a new picture, within [0, 1]
 */
export function grain(pixels: Pixels, deviation: number, seed: number): Pixels {
  const draws = random(seed);
  return pixels.map(value => Math.min(1, Math.max(0, value + deviation * draws.normal())));
}
