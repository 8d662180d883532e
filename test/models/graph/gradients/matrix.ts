import * as f from '../../../../models/graph/functions.ts';
import { type Cases, given, pick, shapeOf } from './case.ts';

export const MATRIX: Cases = {
  MatMul: given(
    [
      ['N', 4],
      [4, 3],
    ],
    f.matmul,
  ),
  'MatMul, batches by a matrix': given(
    [
      ['M', 'N', 4],
      [4, 3],
    ],
    f.matmul,
  ),
  'MatMul, batches by batches': given(
    [
      ['M', 'N', 4],
      ['M', 4, 2],
    ],
    f.matmul,
  ),
  'MatMul, batches that broadcast': given(
    [
      [2, 1, 'N', 4],
      ['M', 4, 2],
    ],
    f.matmul,
  ),
  'MatMul, random batches': draws => {
    const batch = shapeOf(draws, draws.below(3));
    const [m, k, n] = shapeOf(draws, 3);
    const other = pick(draws, [batch, batch.map(() => 1), batch.slice(1)]);
    return {
      shapes: [
        [...batch, m!, k!],
        [...other, k!, n!],
      ],
      of: f.matmul,
    };
  },
  'MatMul, a vector on the left': given([[4], ['N', 4, 3]], f.matmul),
  'MatMul, a vector on the right': given([['N', 2, 4], [4]], f.matmul),
  'MatMul, two vectors': given([['N'], ['N']], f.matmul),
  'MatMul, symbols inside': given(
    [
      [2, 'N', 'M'],
      ['M', 3],
    ],
    f.matmul,
  ),
  Gemm: draws => {
    const [m, k, n] = shapeOf(draws, 3);
    const options = {
      transA: draws.below(2) === 0,
      transB: draws.below(2) === 0,
      alpha: pick(draws, [1, 0.3]),
      beta: pick(draws, [1, 0.7]),
    };
    const c = pick(draws, [[n!], [m!, 1], [1, n!], [m!, n!], []]);
    const shapes = [options.transA ? [k!, m!] : [m!, k!], options.transB ? [n!, k!] : [k!, n!], c];
    return { shapes, of: (a, b, c) => f.gemm(a, b, { c, ...options }) };
  },
  'Gemm, no addend': given(
    [
      [4, 'N'],
      [3, 4],
    ],
    (a, b) => f.gemm(a, b, { transA: true, transB: true, alpha: 0.5 }),
  ),
};
