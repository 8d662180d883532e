import { apply } from '../../../../models/graph/apply.ts';
import * as f from '../../../../models/graph/functions.ts';
import { gradients } from '../../../../models/graph/gradients.ts';
import type { Tensor } from '../../../../models/graph/tensor.ts';
import {
  along,
  type Case,
  type Cases,
  type Expression,
  given,
  type Kind,
  pick,
  positive,
  shapeOf,
  single,
} from './case.ts';

/** ONNX Runtime keeps mean and deviation as float32 for float64 too, so that gradients are as precise as those. */
const ofFloat32 = { tolerance: 1e-6 };

function layerNorm(affine: readonly string[], then: (y: Tensor, x: Tensor) => Tensor, kind: Kind = ofFloat32): Case {
  return draws => {
    const shape = [...shapeOf(draws, 1 + draws.below(2)), 4, 3];
    const axis = pick(draws, [-1, -2]);
    const of: Expression['of'] = (x, ...rest) =>
      then(apply('LayerNormalization', [x, ...rest.slice(0, affine.length)], { axis }), x);
    return { shapes: [shape, ...affine.map(() => shape.slice(axis))], of, ...kind };
  };
}

export const NORMALISATION: Cases = {
  LayerNormalization: layerNorm(['scale', 'bias'], y => y),
  'LayerNormalization, no bias': layerNorm(['scale'], y => y),
  'LayerNormalization, a scale of ones': given([['N', 5]], x => f.layerNorm(x), ofFloat32),
  'LayerNormalization, a gradient of its gradient': layerNorm(
    ['scale', 'bias'],
    (y, x) => gradients(f.sum(f.tanh(y)), [x])[0]!,
    single,
  ),
  rmsNorm: given([['N', 5], [5]], (x, scale) => f.rmsNorm(x, { scale })),
  l2Normalise: along((x, axis) => f.l2Normalise(x, axis)),
  BatchNormalization: given([['N', 3, 'M'], [3], [3], [3], [3]], (x, ...rest) => f.batchNorm(x, rest), positive),
  'BatchNormalization, no axes but channels': given(
    [['N', 3], [3], [3], [3], [3]],
    (x, ...rest) => f.batchNorm(x, rest, 0.1),
    positive,
  ),
};
