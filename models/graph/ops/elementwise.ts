import * as f from '../functions.ts';
import { type Dtype, isFloat, isGiven, type Tensor } from '../tensor.ts';
import { type Call, dtypeOf, int, mismatch, type Rows, type Step } from './row.ts';
import { broadcast } from './rules/shapes.ts';

const unary = { arity: [1, 1], takes: 'float', shape: ({ a }: Call) => a.shape } as const;
const binary = { arity: [2, 2], takes: 'number', shape: ({ a, b }: Call) => broadcast(a.shape, b.shape) } as const;
const stepwise = {
  ...unary,
  gradient: () => [null],
  note: 'constant but for jumps, so that nothing goes back',
} as const;
const extreme = {
  arity: [1, Number.POSITIVE_INFINITY],
  takes: 'number',
  shape: ({ inputs }: Call) => broadcast(...inputs.map(({ shape }) => shape)),
  gradient: extremeGradient,
  note: 'operands that are equally extreme share the gradient',
} as const;

/** One element in, or several that broadcast, and one element out: arithmetic. */
export const ELEMENTWISE: Rows = {
  Identity: { ...unary, takes: 'any', gradient: ({ dy }) => [dy] },
  StopGradient: {
    ...unary,
    takes: 'any',
    writtenAs: 'Identity',
    gradient: () => [null],
    note: 'the same value, which counts as constant on the way back; an Identity in files',
  },
  Neg: { ...unary, takes: 'number', gradient: ({ dy }) => [f.neg(dy)] },
  Abs: { ...unary, takes: 'number', gradient: ({ a, dy }) => [f.mul(dy, f.sign(a))], note: 'at 0 the gradient is 0' },
  Reciprocal: { ...unary, gradient: ({ y, dy }) => [f.neg(f.mul(dy, f.mul(y, y)))] },
  Sqrt: { ...unary, gradient: ({ y, dy }) => [f.div(f.mul(dy, 0.5), y)] },
  Exp: { ...unary, gradient: ({ y, dy }) => [f.mul(dy, y)] },
  Log: { ...unary, gradient: ({ a, dy }) => [f.div(dy, a)] },
  Sin: { ...unary, gradient: ({ a, dy }) => [f.mul(dy, f.cos(a))] },
  Cos: { ...unary, gradient: ({ a, dy }) => [f.neg(f.mul(dy, f.sin(a)))] },
  Tanh: { ...unary, gradient: ({ y, dy }) => [f.mul(dy, f.sub(1, f.mul(y, y)))] },
  Erf: {
    ...unary,
    gradient: ({ a, dy }) => [f.mul(dy, f.mul(f.exp(f.neg(f.mul(a, a))), 2 / Math.sqrt(Math.PI)))],
    note: 'ONNX Runtime has no float64 form of it',
  },
  Sign: { ...stepwise, takes: 'number' },
  Floor: stepwise,
  Ceil: stepwise,
  Round: stepwise,
  Clip: {
    note: 'between two bounds, each of which may be omitted; at a bound the gradient passes',
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
  Pow: {
    ...binary,
    operands: [0],
    dtype: ({ a }) => a.dtype,
    gradient: powerGradient,
    note: 'exponents may be of another type; towards the exponent, a base below 0 gives NaN, and 0 to a power of 0 or more gives 0',
  },
  Mod: {
    note: 'what division leaves: with the sign of the divisor, or of the dividend where fmod is 1, as floats need it',
    ...binary,
    attributes: { fmod: 'int' },
    shape: call => {
      if (isFloat(call.a) && int(call, 'fmod', 0) !== 1) return mismatch('an fmod of 1 for floats', '0');
      return binary.shape(call);
    },
    gradient: ({ a, b, y, dy }) => [dy, f.neg(f.mul(dy, f.div(f.sub(a, y), b)))],
  },
  Min: extreme,
  Max: extreme,

  Cast: {
    ...unary,
    takes: 'any',
    attributes: { to: 'int' },
    dtype: (call): Dtype => dtypeOf(int(call, 'to')),
    gradient: ({ a, dy }) => [isFloat(a) ? f.cast(dy, a.dtype) : null],
  },
};

function powerGradient({ a, b, y, dy }: Step): (Tensor | null)[] {
  const exponent = f.cast(b, a.dtype);
  const still = f.and(f.equal(a, 0), f.greaterOrEqual(exponent, 0));
  return [
    f.mul(dy, isTwo(b) ? f.mul(a, 2) : powerSlope(a, exponent)),
    isFloat(b) ? f.cast(f.mul(dy, f.where(still, 0, f.mul(y, f.log(a)))), b.dtype) : null,
  ];
}

/** Squares are common, and a power of 1 is dear to compute. */
function isTwo({ origin }: Tensor): boolean {
  return origin.kind === 'constant' && origin.data.length === 1 && Number(origin.data[0]) === 2;
}

function powerSlope(a: Tensor, exponent: Tensor): Tensor {
  return f.where(f.equal(exponent, 0), 0, f.mul(exponent, f.pow(a, f.sub(exponent, 1))));
}

function extremeGradient({ inputs, y, dy }: Step): Tensor[] {
  const reached = inputs.map(each => f.cast(f.equal(each, y), dy.dtype));
  const share = f.div(dy, reached.reduce(f.add));
  return reached.map(each => f.mul(share, each));
}
