import type { Weight } from '../../../models/encoders/files/weight.ts';
import { random } from '../../../models/random.ts';

/** Random weights for the layout of EfficientNet-Lite0, with few channels. */
export function tinyNetwork(seed: number): Map<string, Weight> {
  const draws = random(seed);
  const weights = new Map<string, Weight>();
  const put = (name: string, shape: number[], number: () => number) => {
    const size = shape.reduce((product, dim) => product * dim, 1);
    weights.set(name, { dtype: 'float32', shape, data: Float32Array.from({ length: size }, number) });
  };
  const layer = (name: string, norm: string, shape: number[]) => {
    const inputs = shape.slice(1).reduce((product, dim) => product * dim, 1);
    put(`${name}.weight`, shape, () => draws.normal() / Math.sqrt(inputs));
    put(`${norm}.weight`, [shape[0]!], () => 1 + 0.2 * draws.normal());
    put(`${norm}.bias`, [shape[0]!], () => 0.2 * draws.normal());
    put(`${norm}.running_mean`, [shape[0]!], () => 0.2 * draws.normal());
    put(`${norm}.running_var`, [shape[0]!], () => 0.5 + draws.uniform());
  };
  layer('_conv_stem', '_bn0', [4, 3, 3, 3]);
  for (let block = 0; block < 16; block++) {
    const inner = block === 0 ? 4 : 8;
    const at = `_blocks.${block}`;
    if (block > 0) layer(`${at}._expand_conv`, `${at}._bn0`, [inner, 4, 1, 1]);
    layer(`${at}._depthwise_conv`, `${at}._bn1`, [inner, 1, block % 2 ? 5 : 3, block % 2 ? 5 : 3]);
    layer(`${at}._project_conv`, `${at}._bn2`, [4, inner, 1, 1]);
  }
  layer('_conv_head', '_bn1', [12, 4, 1, 1]);
  put('_fc.weight', [5, 12], () => draws.normal());
  put('_fc.bias', [5], () => draws.normal());
  return weights;
}
