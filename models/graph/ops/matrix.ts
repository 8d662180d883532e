import * as f from '../functions.ts';
import { isGiven, type Shape, type Tensor } from '../tensor.ts';
import { type Call, float, int, mismatch, type Rows, type Step } from './row.ts';
import { broadcast, product, show, transposed } from './rules/shapes.ts';

/** Products of matrices. */
export const MATRIX: Rows = {
  MatMul: {
    arity: [2, 2],
    takes: 'float',
    shape: ({ a, b }) => product(a.shape, b.shape),
    gradient: ({ a, b, dy }) => {
      // A vector is a matrix with one row on the left, or with one column on the right.
      const [row, column] = [a.shape.length === 1, b.shape.length === 1];
      const [da, db] = productGradient(
        row ? f.unsqueeze(a, [0]) : a,
        column ? f.unsqueeze(b, [1]) : b,
        f.unsqueeze(dy, [...(row ? [-2] : []), ...(column ? [-1] : [])]),
      );
      return [row ? f.squeeze(da, [-2]) : da, column ? f.squeeze(db, [-1]) : db];
    },
  },
  /** alpha A B + beta C, with A and B transposed where transA and transB are 1. */
  Gemm: {
    arity: [2, 3],
    takes: 'float',
    attributes: { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' },
    shape: gemmShape,
    gradient: gemmGradient,
  },
};

function productGradient(a: Tensor, b: Tensor, dy: Tensor): [Tensor, Tensor] {
  const matrices = a.shape.length === 2 && b.shape.length === 2;
  const da = matrices ? f.gemm(dy, b, { transB: true }) : f.matmul(dy, f.swap(b));
  if (b.shape.length === 2) return [da, f.gemm(f.rows(a), f.rows(dy), { transA: true })];
  // Where b is a transpose, as keys are, its gradient is made as one: going back through b then takes no pass at all.
  return [da, isSwapped(b) ? f.swap(f.matmul(f.swap(dy), a)) : f.matmul(f.swap(a), dy)];
}

/** Whether a tensor is another with its last two dimensions exchanged. */
function isSwapped(x: Tensor): boolean {
  return f.swap(x) === (x.origin.kind === 'output' ? x.origin.node.inputs[0] : undefined);
}

function gemmShape(call: Call): Shape {
  const { a, b, c } = call;
  if (a.shape.length !== 2 || b.shape.length !== 2) {
    return mismatch('two matrices', `${show(a.shape)} and ${show(b.shape)}`);
  }
  const shape = product(
    int(call, 'transA', 0) ? transposed(a.shape) : a.shape,
    int(call, 'transB', 0) ? transposed(b.shape) : b.shape,
  );
  if (isGiven(c) && show(broadcast(c.shape, shape)) !== show(shape)) {
    return mismatch(`an addend that broadcasts to ${show(shape)}`, show(c.shape));
  }
  return shape;
}

function gemmGradient(step: Step): (Tensor | null)[] {
  const { a, b, dy, inputs } = step;
  const alpha = float(step, 'alpha', 1);
  const transA = int(step, 'transA', 0) === 1;
  const transB = int(step, 'transB', 0) === 1;
  const da = transA
    ? f.gemm(b, dy, { alpha, transA: transB, transB: true })
    : f.gemm(dy, b, { alpha, transB: !transB });
  const db = transB
    ? f.gemm(dy, a, { alpha, transA: true, transB: transA })
    : f.gemm(a, dy, { alpha, transA: !transA });
  const beta = float(step, 'beta', 1);
  return inputs.length === 2 ? [da, db] : [da, db, beta === 1 ? dy : f.mul(dy, beta)];
}
