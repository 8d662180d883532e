import { apply, applyAll } from './apply.ts';
import { sizeOf } from './ops/shapes.ts';
import { constant, DTYPES, type Dtype, integers, scalar, staticShape, type Tensor } from './tensor.ts';

export * from './image-functions.ts';

/** An operand; a number becomes a scalar of the type of the tensor that it meets. */
export type Operand = Tensor | number;

export const neg = (x: Tensor): Tensor => apply('Neg', [x]);
export const abs = (x: Tensor): Tensor => apply('Abs', [x]);
export const sign = (x: Tensor): Tensor => apply('Sign', [x]);
export const exp = (x: Tensor): Tensor => apply('Exp', [x]);
export const log = (x: Tensor): Tensor => apply('Log', [x]);
export const sqrt = (x: Tensor): Tensor => apply('Sqrt', [x]);
export const relu = (x: Tensor): Tensor => apply('Relu', [x]);
export const sigmoid = (x: Tensor): Tensor => apply('Sigmoid', [x]);
export const softplus = (x: Tensor): Tensor => apply('Softplus', [x]);
export const tanh = (x: Tensor): Tensor => apply('Tanh', [x]);
export const erf = (x: Tensor): Tensor => apply('Erf', [x]);
export const reciprocal = (x: Tensor): Tensor => apply('Reciprocal', [x]);
export const identity = (x: Tensor): Tensor => apply('Identity', [x]);
export const stopGradient = (x: Tensor): Tensor => apply('StopGradient', [x]);
export const softmax = (x: Tensor, axis = -1): Tensor => apply('Softmax', [x], { axis });
export const logSoftmax = (x: Tensor, axis = -1): Tensor => apply('LogSoftmax', [x], { axis });
export const clip = (x: Tensor, low: number, high: number): Tensor =>
  apply('Clip', [x, scalar(low, x.dtype), scalar(high, x.dtype)]);

export const add = (a: Operand, b: Operand): Tensor => apply('Add', alike(a, b));
export const sub = (a: Operand, b: Operand): Tensor => apply('Sub', alike(a, b));
export const mul = (a: Operand, b: Operand): Tensor => apply('Mul', alike(a, b));
export const div = (a: Operand, b: Operand): Tensor => apply('Div', alike(a, b));
export const pow = (a: Operand, b: Operand): Tensor => apply('Pow', alike(a, b));
export const equal = (a: Operand, b: Operand): Tensor => apply('Equal', alike(a, b));
export const greater = (a: Operand, b: Operand): Tensor => apply('Greater', alike(a, b));
export const greaterOrEqual = (a: Operand, b: Operand): Tensor => apply('GreaterOrEqual', alike(a, b));
export const less = (a: Operand, b: Operand): Tensor => apply('Less', alike(a, b));
export const lessOrEqual = (a: Operand, b: Operand): Tensor => apply('LessOrEqual', alike(a, b));
export const and = (a: Tensor, b: Tensor): Tensor => apply('And', [a, b]);
export const or = (a: Tensor, b: Tensor): Tensor => apply('Or', [a, b]);
export const xor = (a: Tensor, b: Tensor): Tensor => apply('Xor', [a, b]);
export const not = (x: Tensor): Tensor => apply('Not', [x]);
export const where = (condition: Tensor, yes: Operand, no: Operand): Tensor =>
  apply('Where', [condition, ...alike(yes, no)]);
export const cast = (x: Tensor, to: Dtype): Tensor =>
  x.dtype === to ? x : apply('Cast', [x], { to: DTYPES[to].code });

/** x times the probability that a standard normal draw is below x; in the form that ONNX Runtime fuses. */
export const gelu = (x: Tensor): Tensor => mul(mul(x, add(erf(div(x, Math.SQRT2)), 1)), 0.5);
/** The approximation of gelu by tanh (Hendrycks and Gimpel, "Gaussian error linear units", 2016, section 2). */
export const geluTanh = (x: Tensor): Tensor =>
  mul(mul(x, 0.5), add(tanh(mul(add(x, mul(mul(mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI))), 1));
/** x sigmoid(x). */
export const silu = (x: Tensor): Tensor => mul(x, sigmoid(x));

export const matmul = (a: Tensor, b: Tensor): Tensor => apply('MatMul', [a, b]);

/** alpha A B + C, with A and B transposed where it is said; all three are matrices, C broadcasts. */
export function gemm(
  a: Tensor,
  b: Tensor,
  {
    c,
    alpha = 1,
    transA = false,
    transB = false,
  }: { c?: Tensor; alpha?: number; transA?: boolean; transB?: boolean } = {},
): Tensor {
  return apply('Gemm', c ? [a, b, c] : [a, b], {
    ...(alpha !== 1 && { alpha }),
    ...(transA && { transA: 1 }),
    ...(transB && { transB: 1 }),
  });
}

/** The sum over some axes, or over all of them. */
export const sum = (x: Tensor, axes?: readonly number[], { keep = false } = {}): Tensor =>
  apply('ReduceSum', [x, integers(axes ?? [...x.shape.keys()])], { keepdims: keep ? 1 : 0 });
export const mean = (x: Tensor, axes?: readonly number[], { keep = false } = {}): Tensor =>
  apply('ReduceMean', [x, integers(axes ?? [...x.shape.keys()])], { keepdims: keep ? 1 : 0 });

/** To a shape in numbers, one of them perhaps -1 for what is left over, or to a shape that is itself a tensor. */
export const reshape = (x: Tensor, shape: readonly number[] | Tensor): Tensor =>
  apply('Reshape', [x, 'origin' in shape ? shape : integers(shape)]);
export const expand = (x: Tensor, shape: readonly number[] | Tensor): Tensor =>
  apply('Expand', [x, 'origin' in shape ? shape : integers(shape)]);
export const unsqueeze = (x: Tensor, axes: readonly number[]): Tensor => apply('Unsqueeze', [x, integers(axes)]);
export const squeeze = (x: Tensor, axes: readonly number[]): Tensor => apply('Squeeze', [x, integers(axes)]);
export const transpose = (x: Tensor, perm: readonly number[]): Tensor => apply('Transpose', [x], { perm });
/** Parts of the given sizes along an axis. */
export const split = (x: Tensor, sizes: readonly number[] | Tensor, axis: number): readonly Tensor[] =>
  applyAll('Split', [x, 'origin' in sizes ? sizes : integers(sizes)], { axis });
export const concat = (parts: readonly Tensor[], axis: number): Tensor => apply('Concat', parts, { axis });
export const pad = (x: Tensor, before: readonly number[], after: readonly number[]): Tensor =>
  apply('Pad', [x, integers([...before, ...after])]);
export const slice = (x: Tensor, axis: number, start: number, end: number): Tensor =>
  apply('Slice', [x, integers([start]), integers([end]), integers([axis])]);
export const gather = (table: Tensor, indices: Tensor, axis = 0): Tensor => apply('Gather', [table, indices], { axis });
/** `data` with rows replaced, or added to, at the places that the last axis of `indices` (int64) holds. */
export const scatterNd = (data: Tensor, indices: Tensor, updates: Tensor, reduction: 'none' | 'add' = 'none'): Tensor =>
  apply('ScatterND', [data, indices, updates], reduction === 'none' ? {} : { reduction });
export const gatherNd = (data: Tensor, indices: Tensor): Tensor => apply('GatherND', [data, indices]);
export const size = (x: Tensor): Tensor => apply('Size', [x]);

/** The last two dimensions exchanged. */
export function swap(x: Tensor): Tensor {
  const axes = [...x.shape.keys()];
  return transpose(x, [...axes.slice(0, -2), ...axes.slice(-2).reverse()]);
}

/** All leading dimensions made one: [..., K] -> [rows, K]. */
export function rows(x: Tensor): Tensor {
  return x.shape.length === 2 ? x : reshape(x, [-1, sizeOf(x.shape.at(-1)!)]);
}

/** The shape as a tensor: a constant where all of it is known, else read when the graph runs. */
export function shapeOf(x: Tensor): Tensor {
  const shape = staticShape(x.shape);
  return shape ? integers(shape) : apply('Shape', [x]);
}

/** Zeros of the type of a tensor. */
export function zerosLike(x: Tensor): Tensor {
  return expand(scalar(0, x.dtype), shapeOf(x));
}

/** [...] -> [..., classes]: 1 at the index, 0 elsewhere; an index outside [-classes, classes) gives zeros. */
export function oneHot(indices: Tensor, classes: number, dtype: Dtype = 'float32'): Tensor {
  const offAndOn = constant('float32', Float32Array.of(0, 1), [2]);
  return cast(apply('OneHot', [cast(indices, 'int64'), integers([classes]), offAndOn]), dtype);
}

function alike(a: Operand, b: Operand): [Tensor, Tensor] {
  const dtype = typeof a !== 'number' ? a.dtype : typeof b !== 'number' ? b.dtype : 'float32';
  return [typeof a === 'number' ? scalar(a, dtype) : a, typeof b === 'number' ? scalar(b, dtype) : b];
}
