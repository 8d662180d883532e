import * as f from './functions.ts';
import {
  averaged,
  axesOf,
  concatGradient,
  dtypeOf,
  gathered,
  gatherGradient,
  gemmGradient,
  gemmShape,
  int,
  inverse,
  mismatch,
  padded,
  padGradient,
  permutation,
  sliced,
  sliceGradient,
  spread,
  squeezed,
  target,
  unsqueezed,
} from './rules.ts';
import { broadcast, joined, known, product, reduced, reshaped } from './shapes.ts';
import { type Attributes, type Dtype, isFloat, type Shape, type Tensor } from './tensor.ts';

/** An operation on its operands; `a`, `b` and `c` are the first three, which the arity says to be there. */
export interface Call {
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  readonly a: Tensor;
  readonly b: Tensor;
  readonly c: Tensor;
}

/** A call on the way back: its output `y`, and `dy`, the gradient of the loss with respect to it. */
export interface Step extends Call {
  readonly y: Tensor;
  readonly dy: Tensor;
}

export interface Op {
  /** The least and the greatest number of inputs. */
  readonly arity: readonly [number, number];
  /** What the elements of the operands may be. */
  readonly takes: 'float' | 'number' | 'any';
  /** Which of the inputs are these operands, all of one type; the others are indices, axes, shapes. All, if not said. */
  readonly operands?: readonly number[];
  readonly attributes?: Readonly<Record<string, 'int' | 'ints' | 'float'>>;
  shape(call: Call): Shape;
  /** The type of the output's elements: that of the first input where nothing is said. */
  dtype?(call: Call): Dtype;
  /**
   * One gradient for each input, null where the output does not change with it. A gradient may have the broadcast
   * shape: the walk in gradients.ts sums it back. An operation without this rule is not differentiable.
   */
  gradient?(step: Step): (Tensor | null)[];
}

const unary = { arity: [1, 1], takes: 'float', shape: ({ a }: Call) => a.shape } as const;
const binary = { arity: [2, 2], takes: 'number', shape: ({ a, b }: Call) => broadcast(a.shape, b.shape) } as const;
const comparison = { ...binary, dtype: (): Dtype => 'bool' } as const;
const reduction = {
  arity: [2, 2],
  takes: 'float',
  operands: [0],
  attributes: { keepdims: 'int' },
  shape: (call: Call) => reduced(call.a.shape, axesOf(call), int(call, 'keepdims', 1) === 1),
} as const;
const overAxis = { ...unary, attributes: { axis: 'int' } } as const;
const rearranging = { arity: [2, 2], takes: 'any', operands: [0] } as const;

/**
 * Every operation that a graph may contain. Names, inputs and attributes are those of ONNX, operator set 18.
 * A new operation is a row here, a function in functions.ts, and a line in test/models/graph/gradients.test.ts.
 */
export const OPS: Readonly<Record<string, Op>> = {
  Identity: { ...unary, takes: 'any', gradient: ({ dy }) => [dy] },
  Neg: { ...unary, takes: 'number', gradient: ({ dy }) => [f.neg(dy)] },
  Abs: { ...unary, takes: 'number', gradient: ({ a, dy }) => [f.mul(dy, f.sign(a))] },
  Sign: { ...unary, takes: 'number', gradient: () => [null] },
  Exp: { ...unary, gradient: ({ y, dy }) => [f.mul(dy, y)] },
  Log: { ...unary, gradient: ({ a, dy }) => [f.div(dy, a)] },
  Sqrt: { ...unary, gradient: ({ y, dy }) => [f.div(f.mul(dy, 0.5), y)] },
  Relu: { ...unary, gradient: ({ y, dy }) => [f.where(f.greater(y, 0), dy, 0)] },
  Sigmoid: { ...unary, gradient: ({ y, dy }) => [f.mul(dy, f.mul(y, f.sub(1, y)))] },
  Softplus: { ...unary, gradient: ({ a, dy }) => [f.mul(dy, f.sigmoid(a))] },
  Tanh: { ...unary, gradient: ({ y, dy }) => [f.mul(dy, f.sub(1, f.mul(y, y)))] },
  Clip: {
    arity: [3, 3],
    takes: 'number',
    shape: ({ a }) => a.shape,
    gradient: ({ a, b, c, dy }) => [f.where(f.less(a, b), 0, f.where(f.greater(a, c), 0, dy)), null, null],
  },

  Add: { ...binary, gradient: ({ dy }) => [dy, dy] },
  Sub: { ...binary, gradient: ({ dy }) => [dy, f.neg(dy)] },
  Mul: { ...binary, gradient: ({ a, b, dy }) => [f.mul(dy, b), f.mul(dy, a)] },
  Div: { ...binary, gradient: ({ b, y, dy }) => [f.div(dy, b), f.neg(f.div(f.mul(dy, y), b))] },

  Equal: comparison,
  Greater: comparison,
  GreaterOrEqual: comparison,
  Less: comparison,
  LessOrEqual: comparison,
  Where: {
    arity: [3, 3],
    takes: 'any',
    operands: [1, 2],
    shape: ({ a, b, c }) => broadcast(a.shape, b.shape, c.shape),
    dtype: ({ a, b }) => (a.dtype === 'bool' ? b.dtype : mismatch('a condition of bool', a.dtype)),
    gradient: ({ a, dy }) => [null, f.where(a, dy, 0), f.where(a, 0, dy)],
  },
  Cast: {
    ...unary,
    takes: 'any',
    attributes: { to: 'int' },
    dtype: call => dtypeOf(int(call, 'to')),
    gradient: ({ a, dy }) => [isFloat(a) ? f.cast(dy, a.dtype) : null],
  },

  MatMul: {
    arity: [2, 2],
    takes: 'float',
    shape: ({ a, b }) => product(a.shape, b.shape),
    gradient: ({ a, b, dy }) => [
      a.shape.length === 2 && b.shape.length === 2 ? f.gemm(dy, b, { transB: true }) : f.matmul(dy, f.swap(b)),
      b.shape.length === 2 ? f.gemm(f.rows(a), f.rows(dy), { transA: true }) : f.matmul(f.swap(a), dy),
    ],
  },
  /** alpha A B + beta C, with A and B transposed where transA and transB are 1. */
  Gemm: {
    arity: [2, 3],
    takes: 'float',
    attributes: { alpha: 'float', beta: 'float', transA: 'int', transB: 'int' },
    shape: gemmShape,
    gradient: gemmGradient,
  },

  Transpose: {
    ...unary,
    takes: 'any',
    attributes: { perm: 'ints' },
    shape: call => permutation(call).map(axis => call.a.shape[axis]!),
    gradient: step => [f.transpose(step.dy, inverse(permutation(step)))],
  },
  Reshape: {
    ...rearranging,
    shape: ({ a, b }) => reshaped(a.shape, target(b)),
    gradient: ({ a, dy }) => [f.reshape(dy, f.shapeOf(a)), null],
  },
  Unsqueeze: {
    ...rearranging,
    shape: unsqueezed,
    gradient: ({ a, dy }) => [f.reshape(dy, f.shapeOf(a)), null],
  },
  Squeeze: {
    ...rearranging,
    shape: squeezed,
    gradient: ({ a, dy }) => [f.reshape(dy, f.shapeOf(a)), null],
  },
  Expand: {
    ...rearranging,
    shape: ({ a, b }) => broadcast(a.shape, target(b)),
    gradient: ({ dy }) => [dy, null],
  },
  Concat: {
    arity: [1, Number.POSITIVE_INFINITY],
    takes: 'any',
    attributes: { axis: 'int' },
    shape: call =>
      joined(
        call.inputs.map(({ shape }) => shape),
        int(call, 'axis'),
      ),
    gradient: concatGradient,
  },
  /** Of `a`: starts, ends, axes and, all 1, steps. */
  Slice: {
    arity: [4, 5],
    takes: 'any',
    operands: [0],
    shape: sliced,
    gradient: sliceGradient,
  },
  /** With zeros: how many before each axis, then how many after each. */
  Pad: {
    ...rearranging,
    takes: 'number',
    shape: padded,
    gradient: padGradient,
  },

  ReduceSum: { ...reduction, gradient: step => [spread(step), null] },
  ReduceMean: { ...reduction, gradient: step => [f.div(spread(step), averaged(step)), null] },
  Softmax: {
    ...overAxis,
    gradient: step => {
      const weighted = f.mul(step.dy, step.y);
      return [f.sub(weighted, f.mul(step.y, f.sum(weighted, [int(step, 'axis', -1)], { keep: true })))];
    },
  },
  LogSoftmax: {
    ...overAxis,
    gradient: step => [f.sub(step.dy, f.mul(f.exp(step.y), f.sum(step.dy, [int(step, 'axis', -1)], { keep: true })))],
  },

  Gather: {
    ...rearranging,
    attributes: { axis: 'int' },
    shape: gathered,
    gradient: gatherGradient,
  },
  /** Indices, how many classes there are, and the pair [off, on]; the classes are the new last dimension. */
  OneHot: {
    arity: [3, 3],
    takes: 'number',
    operands: [2],
    shape: ({ a, b }) => [...a.shape, known(b, 'a number of classes')[0]!],
    dtype: ({ c }) => c.dtype,
  },
  Shape: { ...unary, takes: 'any', shape: ({ a }) => [a.shape.length], dtype: () => 'int64' },
  Size: { ...unary, takes: 'any', shape: () => [], dtype: () => 'int64' },
};
