import { gemm, relu } from '../graph/functions.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { ParameterShapes, Parameters } from '../graph/training/parameters.ts';
import type { Random } from '../random.ts';

/**
 * A plain multilayer perceptron: x -> relu(x W0 + b0) -> ... -> h Wn + bn.
 *
 * @param x [N, sizes[0]]
 * @param parameters those of `mlpShapes(sizes)`
 * @returns [N, sizes.at(-1)], without a last non-linearity
 */
export function mlp(x: Tensor, sizes: readonly number[], parameters: Parameters): Tensor {
  const last = sizes.length - 2;
  return layersOf(sizes).reduce((h, _, layer) => {
    const z = gemm(h, parameters[weightOf(layer)]!, { c: parameters[biasOf(layer)]! });
    return layer === last ? z : relu(z);
  }, x);
}

/** The parameters of a perceptron: a matrix [in, out] and a bias [out] for each layer. */
export function mlpShapes(sizes: readonly number[]): ParameterShapes {
  return Object.fromEntries(
    layersOf(sizes).flatMap(([fanIn, fanOut], layer) => [
      [weightOf(layer), [fanIn, fanOut]],
      [biasOf(layer), [fanOut]],
    ]),
  );
}

/**
 * Draws weights with variance 2 / fan-in, and leaves biases at 0, so that ReLU keeps the signal's size from layer to
 * layer (He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015, section 2.2).
 */
export function initialiseMlp(
  sizes: readonly number[],
  parameters: Readonly<Record<string, Float32Array>>,
  random: Random,
): void {
  for (const [layer, [fanIn]] of layersOf(sizes).entries()) {
    const weights = parameters[weightOf(layer)]!;
    for (let k = 0; k < weights.length; k++) weights[k] = random.normal() * Math.sqrt(2 / fanIn);
  }
}

export const weightOf = (layer: number): string => `layer${layer}.weight`;
export const biasOf = (layer: number): string => `layer${layer}.bias`;

function layersOf(sizes: readonly number[]): [fanIn: number, fanOut: number][] {
  return sizes.slice(1).map((size, layer) => [sizes[layer]!, size]);
}
