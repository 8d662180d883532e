import { apply } from '../apply.ts';
import { integers, type Tensor } from '../tensor.ts';
import { concat, reshape, sizeAlong, transpose } from './layout.ts';

/** Of matrices, or of stacks of them that broadcast; a vector is a row on the left and a column on the right. */
export const matmul = (a: Tensor, b: Tensor): Tensor => apply('MatMul', [a, b]);

/** alpha A B + beta C, with A and B transposed where it is said; all three are matrices, C broadcasts. */
export function gemm(
  a: Tensor,
  b: Tensor,
  {
    c,
    alpha = 1,
    beta = 1,
    transA = false,
    transB = false,
  }: { c?: Tensor; alpha?: number; beta?: number; transA?: boolean; transB?: boolean } = {},
): Tensor {
  return apply('Gemm', c ? [a, b, c] : [a, b], {
    ...(alpha !== 1 && { alpha }),
    ...(beta !== 1 && { beta }),
    ...(transA && { transA: 1 }),
    ...(transB && { transB: 1 }),
  });
}

/** The last two dimensions exchanged. */
export function swap(x: Tensor): Tensor {
  const axes = [...x.shape.keys()];
  return transpose(x, [...axes.slice(0, -2), ...axes.slice(-2).reverse()]);
}

/** All leading dimensions made one: [..., K] -> [rows, K]. */
export function rows(x: Tensor): Tensor {
  return x.shape.length === 2 ? x : reshape(x, concat([integers([-1]), sizeAlong(x, -1)], 0));
}
