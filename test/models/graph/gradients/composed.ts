import * as f from '../../../../models/graph/functions.ts';
import { gradients } from '../../../../models/graph/gradients.ts';
import { binaryCrossEntropy, crossEntropy } from '../../../../models/graph/training/losses.ts';
import { type Cases, given, one } from './case.ts';

/** Functions of several operations, and gradients as functions. */
export const COMPOSED: Cases = {
  'a loss: binary cross-entropy': given(
    [
      ['N', 1],
      ['N', 1],
    ],
    (a, b) => binaryCrossEntropy(a, f.sigmoid(b)),
  ),
  'a loss: cross-entropy': given(
    [
      ['N', 4],
      ['N', 4],
    ],
    (a, b) => crossEntropy(a, f.softmax(b)),
  ),
  'a gradient of a gradient': one(x => gradients(f.sum(f.mul(f.tanh(x), f.exp(x))), [x])[0]!),
};
