import * as f from '../graph/functions.ts';
import { isGiven, type Node, type Tensor } from '../graph/tensor.ts';

/** A product by a matrix, alpha x W, whatever is added to it. */
export interface Product {
  readonly node: Node;
  /** [..., from] */
  readonly x: Tensor;
  /** [from, to], or [to, from] where it is transposed. */
  readonly weight: Tensor;
  readonly transposed: boolean;
  readonly from: number;
  readonly to: number;
  readonly alpha: number;
}

/** The product that a MatMul or a Gemm computes, if its right side is a matrix of known size. */
export function productOf({ origin }: Tensor): Product | undefined {
  if (origin.kind !== 'output') return undefined;
  const { node } = origin;
  const [left, weight] = node.inputs;
  if ((node.op !== 'MatMul' && node.op !== 'Gemm') || !isGiven(left) || !isGiven(weight)) return undefined;
  const { transA, transB, alpha } = node.attributes;
  const [rows, columns, ...more] = weight.shape;
  if (typeof rows !== 'number' || typeof columns !== 'number' || more.length > 0) return undefined;
  const transposed = transB === 1;
  return {
    node,
    x: transA === 1 ? f.swap(left) : left,
    weight,
    transposed,
    from: transposed ? columns : rows,
    to: transposed ? rows : columns,
    alpha: typeof alpha === 'number' ? alpha : 1,
  };
}
