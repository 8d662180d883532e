import * as f from '../../../../models/graph/functions.ts';
import { constant } from '../../../../models/graph/tensor.ts';
import { along, type Cases, given, whole } from './case.ts';

const rows = (...values: number[]) => whole(values, [values.length, 1]);

export const INDEXING: Cases = {
  Gather: given([[5, 'N']], x => f.gather(x, whole([1, 0, 1, -1]))),
  'Gather, columns': given([['N', 4, 2]], x => f.gather(x, whole([3, 3, 0]), 1)),
  ScatterND: given(
    [
      [4, 3],
      [3, 3],
    ],
    (a, b) => f.scatterNd(f.exp(a), rows(1, 0, 1), b, 'add'),
  ),
  'ScatterND, replacing': given(
    [
      [4, 3],
      [2, 3],
    ],
    (a, b) => f.scatterNd(f.exp(a), rows(2, 0), f.exp(b)),
  ),
  GatherElements: given([[3, 4]], x => f.gatherElements(f.exp(x), whole([1, 0, 1, -1, 2, 2, 0, 2], [2, 4]))),
  'GatherElements, fewer': given([[3, 4, 2]], x => f.gatherElements(x, whole([0, 3, 3, 1], [2, 2, 1]), 1)),
  ScatterElements: given(
    [
      [3, 4],
      [2, 2],
    ],
    (a, b) => f.scatterElements(f.exp(a), whole([0, 3, 1, 2], [2, 2]), f.exp(b), 1),
  ),
  'ScatterElements, adding': given(
    [
      [3, 4],
      [2, 3],
    ],
    (a, b) => f.scatterElements(f.exp(a), whole([0, 3, 3, 1, 1, 1], [2, 3]), f.exp(b), -1, 'add'),
  ),
  TopK: given([['N', 5]], x => f.mul(f.topK(f.exp(x), 3)[0], constant('float64', Float64Array.of(1, 2, 3), [3]))),
  'TopK, the least': along((x, axis) => f.topK(f.exp(x), 1, axis, { largest: false })[0]),
  GatherND: given([[4, 'N']], x => f.exp(f.gatherNd(x, rows(2, 0, 2)))),
};
