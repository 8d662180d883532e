import { apply } from '../../../../models/graph/apply.ts';
import * as f from '../../../../models/graph/functions.ts';
import { type Cases, given, positive } from './case.ts';

export const NORMALISATION: Cases = {
  LayerNormalization: given([['N', 5], [5], [5]], (x, ...affine) =>
    apply('LayerNormalization', [x, ...affine.slice(0, 2)]),
  ),
  BatchNormalization: given([['N', 3, 'M'], [3], [3], [3], [3]], (x, ...rest) => f.batchNorm(x, rest), positive),
  'BatchNormalization, no axes but channels': given(
    [['N', 3], [3], [3], [3], [3]],
    (x, ...rest) => f.batchNorm(x, rest, 0.1),
    positive,
  ),
};
