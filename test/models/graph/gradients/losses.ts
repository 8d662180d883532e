import * as f from '../../../../models/graph/functions.ts';
import { constant } from '../../../../models/graph/tensor.ts';
import * as losses from '../../../../models/graph/training/losses.ts';
import { type Cases, given, positive, whole } from './case.ts';

const truths = (...values: number[]) => constant('bool', Uint8Array.from(values), [values.length]);
const row = (...values: number[]) => constant('float64', Float64Array.from(values), [values.length]);

/** Losses, by all that is learned in them. */
export const LOSSES: Cases = {
  'binary cross-entropy': given([['N'], ['N']], (z, y) => losses.binaryCrossEntropy(z, f.sigmoid(y))),
  'weighted binary cross-entropy': given([['N'], ['N']], (z, p) =>
    losses.weightedMean(losses.binaryCrossEntropy(z, f.sigmoid(z)), losses.inversePropensity(f.sigmoid(p), 3)),
  ),
  'cross-entropy of distributions': given(
    [
      ['N', 4],
      ['N', 4],
    ],
    (z, y) => losses.crossEntropy(z, f.softmax(y)),
  ),
  'cross-entropy of classes': given([[3, 'N', 4]], z =>
    losses.crossEntropy(f.transpose(z, [1, 0, 2]), whole([2, 0, 3])),
  ),
  'sampled softmax': given([[3, 2], [3, 2], [4, 2], [4], [3]], (hidden, targets, negatives, logQ, targetLogQ) =>
    losses.sampledSoftmax({ hidden, targets, negatives, logQ, targetLogQ, hits: whole([0, 1, 2, 1], [2, 2]) }),
  ),
  bpr: given([['N'], ['N']], losses.bpr),
  'listwise softmax': given(
    [
      ['N', 4],
      ['N', 4],
    ],
    (scores, gains) => losses.listwiseSoftmax(scores, f.mul(f.sigmoid(gains), row(1, 1, 0, 1)), truths(1, 1, 0, 1)),
  ),
  InfoNCE: given(
    [
      ['N', 3],
      ['N', 3],
    ],
    (a, b) => losses.infoNce(a, b, 0.5),
  ),
  'InfoNCE, a learned temperature': given([['N', 3], ['N', 3], []], losses.infoNce, positive),
  'delayed feedback': given([['N'], ['N'], ['N'], ['N']], (z, rate, y, time) =>
    losses.delayedFeedback(z, rate, f.sigmoid(y), f.exp(time)),
  ),
  'fake negative weights': given([['N']], y => losses.fakeNegativeWeights(f.sigmoid(y), row(0.3))),
};
