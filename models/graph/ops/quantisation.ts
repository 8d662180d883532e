import { type Dtype, isFloat, isGiven, type Tensor, type Type } from '../tensor.ts';
import { type Call, int, mismatch, type Rows } from './row.ts';
import { product, show } from './rules/shapes.ts';
import { places, WINDOWS, windowsOf } from './rules/windows.ts';

/**
 * Numbers in 8 bits: x = scale (q - zero point). None of these is differentiable; where training has to see what 8 bits
 * do, write x + stopGradient(rounded - x), whose gradient passes straight through.
 */
export const QUANTISATION: Rows = {
  /** To uint8 by the range of what comes; then the scale and the zero point. */
  DynamicQuantizeLinear: {
    arity: [1, 1],
    takes: 'float',
    shape: ({ a }) => a.shape,
    dtype: () => 'uint8',
    also: ({ a }): Type[] => [
      { dtype: a.dtype, shape: [] },
      { dtype: 'uint8', shape: [] },
    ],
  },
  /** By a scale, and a zero point whose type is that of the result. */
  QuantizeLinear: {
    arity: [2, 3],
    takes: 'float',
    operands: [0, 1],
    attributes: { axis: 'int' },
    shape: alongAxis,
    dtype: ({ c }) => (isGiven(c) ? eightBits(c) : 'uint8'),
  },
  DequantizeLinear: {
    arity: [2, 3],
    takes: 'number',
    operands: [0, 2],
    attributes: { axis: 'int' },
    shape: call => (isFloat(call.a) ? mismatch('whole numbers', call.a.dtype) : alongAxis(call)),
    dtype: ({ b }) => b.dtype,
  },
  /** The product of two matrices of 8 bits less their zero points, in 32. */
  MatMulInteger: {
    arity: [2, 4],
    takes: 'number',
    operands: [],
    shape: ({ a, b, inputs }) => {
      for (const operand of [a, b, ...inputs.slice(2).filter(isGiven)]) eightBits(operand);
      return product(a.shape, b.shape);
    },
    dtype: () => 'int32',
  },
  /** A Conv in whole numbers; see there. */
  ConvInteger: {
    arity: [2, 4],
    takes: 'number',
    operands: [],
    attributes: { ...WINDOWS, group: 'int' },
    shape: call => {
      const { a, b, inputs } = call;
      for (const operand of [a, b, ...inputs.slice(2).filter(isGiven)]) eightBits(operand);
      const group = int(call, 'group', 1);
      if (Number(b.shape[1]) * group !== a.shape[1]) mismatch(`${a.shape[1]} channels`, show(b.shape));
      const windows = windowsOf(call, a.shape.slice(2), b.shape.slice(2));
      return [a.shape[0]!, b.shape[0]!, ...windows.map((window, axis) => places(a.shape[axis + 2]!, window))];
    },
    dtype: () => 'int32',
  },
  /** A times B, where A is quantised on the way and B, its scale and its zero point are given; and a bias. */
  DynamicQuantizeMatMul: {
    arity: [3, 5],
    takes: 'float',
    operands: [0, 2, 4],
    domain: 'com.microsoft',
    shape: ({ a, b }) => {
      eightBits(b);
      return product(a.shape, b.shape);
    },
  },
};

/** One scale for all, or one for each place of an axis. */
function alongAxis(call: Call): readonly (number | string)[] {
  const { a, b, c } = call;
  if (isGiven(c) && show(c.shape) !== show(b.shape)) return mismatch(`a zero point of ${show(b.shape)}`, show(c.shape));
  if (b.shape.length === 0 || show(b.shape) === '[1]') return a.shape;
  const size = a.shape.at(int(call, 'axis', 1));
  return b.shape.length === 1 && b.shape[0] === size ? a.shape : mismatch(`a scale of [] or [${size}]`, show(b.shape));
}

function eightBits({ dtype }: Tensor): Dtype {
  return dtype === 'uint8' || dtype === 'int8' ? dtype : mismatch('uint8 or int8', dtype);
}
