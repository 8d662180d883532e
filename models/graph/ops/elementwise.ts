import * as f from '../functions.ts';
import { type Dtype, isFloat, isGiven, type Tensor } from '../tensor.ts';
import { type Call, dtypeOf, int, mismatch, type Rows } from './row.ts';
import { broadcast } from './shapes.ts';

const unary = { arity: [1, 1], takes: 'float', shape: ({ a }: Call) => a.shape } as const;
const binary = { arity: [2, 2], takes: 'number', shape: ({ a, b }: Call) => broadcast(a.shape, b.shape) } as const;
const logic = { ...binary, takes: 'any', dtype: ({ a }: Call) => onlyBool(a) } as const;
const comparison = { ...binary, dtype: (): Dtype => 'bool' } as const;

/** One element in, or several that broadcast, and one element out. */
export const ELEMENTWISE: Rows = {
  Identity: { ...unary, takes: 'any', gradient: ({ dy }) => [dy] },
  /** The same value, which counts as constant on the way back. */
  StopGradient: { ...unary, takes: 'any', writtenAs: 'Identity', gradient: () => [null] },
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
  /** ONNX Runtime has it for float32 and float16 only. */
  Erf: { ...unary, gradient: ({ a, dy }) => [f.mul(dy, f.mul(f.exp(f.neg(f.mul(a, a))), 2 / Math.sqrt(Math.PI)))] },
  Reciprocal: { ...unary, gradient: ({ y, dy }) => [f.neg(f.mul(dy, f.mul(y, y)))] },
  /** Between two bounds, each of which may be omitted. */
  Clip: {
    arity: [1, 3],
    takes: 'number',
    shape: ({ a }) => a.shape,
    gradient: ({ inputs, a, b, c, dy }) => {
      const above = isGiven(b) ? f.where(f.less(a, b), 0, dy) : dy;
      const within = isGiven(c) ? f.where(f.greater(a, c), 0, above) : above;
      return inputs.map((_, place) => (place === 0 ? within : null));
    },
  },

  Add: { ...binary, gradient: ({ dy }) => [dy, dy] },
  Sub: { ...binary, gradient: ({ dy }) => [dy, f.neg(dy)] },
  Mul: { ...binary, gradient: ({ a, b, dy }) => [f.mul(dy, b), f.mul(dy, a)] },
  Div: { ...binary, gradient: ({ b, y, dy }) => [f.div(dy, b), f.neg(f.div(f.mul(dy, y), b))] },
  /** The exponent may be of another type. Towards it, 0 to a power of 0 or more has a slope of 0. */
  Pow: {
    ...binary,
    operands: [0],
    dtype: ({ a }) => a.dtype,
    gradient: ({ a, b, y, dy }) => {
      const exponent = f.cast(b, a.dtype);
      const slope = f.mul(exponent, f.pow(a, f.sub(exponent, 1)));
      const still = f.and(f.equal(a, 0), f.greaterOrEqual(exponent, 0));
      return [
        f.mul(dy, f.where(f.equal(exponent, 0), 0, slope)),
        isFloat(b) ? f.mul(dy, f.where(still, 0, f.mul(y, f.log(a)))) : null,
      ];
    },
  },

  And: logic,
  Or: logic,
  Xor: logic,
  Not: { ...unary, takes: 'any', dtype: ({ a }) => onlyBool(a) },
  Equal: { ...comparison, takes: 'any' },
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
};

function onlyBool({ dtype }: Tensor): Dtype {
  return dtype === 'bool' ? dtype : mismatch('truth values', dtype);
}
