import * as f from '../../../../models/graph/functions.ts';
import { type Cases, given, whole } from './case.ts';

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
  GatherND: given([[4, 'N']], x => f.exp(f.gatherNd(x, rows(2, 0, 2)))),
};
