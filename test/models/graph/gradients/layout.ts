import * as f from '../../../../models/graph/functions.ts';
import { type Cases, given, shapeOf, shuffled } from './case.ts';

export const LAYOUT: Cases = {
  Transpose: draws => {
    const rank = 1 + draws.below(4);
    const perm = shuffled(draws, rank);
    return { shapes: [shapeOf(draws, rank)], of: x => f.transpose(x, perm) };
  },
  Reshape: given([['N', 2, 3]], x => f.exp(f.reshape(x, [-1, 6]))),
  'Reshape, two symbols': given([['N', 'M', 3]], x => f.exp(f.reshape(x, [-1, 3]))),
  Unsqueeze: given([['N', 3]], x => f.unsqueeze(x, [0, -1])),
  Squeeze: given([[1, 'N', 1]], x => f.squeeze(x, [0, -1])),
  Expand: given(
    [
      [1, 3],
      ['N', 3],
    ],
    (a, b) => f.mul(f.exp(f.expand(a, f.shapeOf(b))), b),
  ),
  Concat: given(
    [
      ['N', 3],
      ['N', 2],
    ],
    (a, b) => f.concat([a, f.exp(a), b], 1),
  ),
  'Concat, a symbolic axis': given(
    [
      ['N', 3],
      ['M', 3],
    ],
    (a, b) => f.exp(f.concat([a, b], 0)),
  ),
  Split: given([['N', 3]], x => f.mul(f.split(x, [2, 1], 1)[1]!, f.exp(x))),
  'Split, one part used': given([['N', 3]], x => f.exp(f.split(x, [1, 2], 1)[1]!)),
  Slice: given([['N', 5, 2]], x => f.mul(f.slice(x, 1, 1, -1), f.slice(x, -2, 2, 99))),
  Pad: given([['N', 3]], x => f.exp(f.pad(x, [0, 1], [0, 2]))),
};
