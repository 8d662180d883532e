import { add, concat, expand, gemm, matmul, reshape, scatterNd, shapeOf, slice, sum } from './functions.ts';
import { constant, type Dim, dataOf, integers, type Node, type Tensor } from './tensor.ts';

/**
 * Two gradients of one tensor, added up. A product and a scattering add by themselves what they are given, which saves
 * a pass over memory; they are written anew with it.
 *
 * @param fresh whether `own` was only just made: one that was passed on has other readers, who need it as it is, so that
 *   it would be computed twice
 */
export function accumulated(others: Tensor, own: Tensor, { fresh }: { fresh: boolean }): Tensor {
  const node = fresh && own.origin.kind === 'output' ? own.origin.node : undefined;
  if (node?.op === 'Gemm' && node.inputs.length === 2) return gemmInto(others, node);
  if (node?.op === 'ScatterND' && isZero(node.inputs[0]!)) {
    return scatterNd(others, node.inputs[1]!, node.inputs[2]!, 'add');
  }
  return add(others, own);
}

/**
 * Sums over the rows of matrices, each as a product with a vector of ones, which ONNX Runtime computes in half the time
 * of a reduction. The ones for a number of rows are made once.
 */
export class RowSums {
  readonly #ones = new Map<string, Tensor>();

  /** [N, D] -> [D]; of other shapes over their first axes. */
  of(x: Tensor, axes: readonly number[]): Tensor {
    if (x.shape.length !== 2 || axes.length !== 1 || x.dtype === 'float16') return sum(x, axes);
    return reshape(matmul(this.#onesFor(x), x), [-1]);
  }

  /** [1, N] */
  #onesFor(x: Tensor): Tensor {
    const rows: Dim = x.shape[0]!;
    const key = `${x.dtype} ${rows}`;
    const one = constant(x.dtype, dataOf(x.dtype, [1]), [1, 1]);
    const made = this.#ones.get(key) ?? expand(one, concat([integers([1]), slice(shapeOf(x), 0, 0, 1)], 0));
    this.#ones.set(key, made);
    return made;
  }
}

function gemmInto(others: Tensor, { inputs, attributes }: Node): Tensor {
  const { alpha = 1, transA = 0, transB = 0 } = attributes;
  return gemm(inputs[0]!, inputs[1]!, {
    c: others,
    alpha: Number(alpha),
    transA: transA === 1,
    transB: transB === 1,
  });
}

function isZero({ origin }: Tensor): boolean {
  if (origin.kind === 'constant') return origin.data.every(each => Number(each) === 0);
  return origin.kind === 'output' && origin.node.op === 'Expand' && isZero(origin.node.inputs[0]!);
}
