import { apply } from '../apply.ts';
import { DTYPES, type Dtype, isFloat, scalar, type Tensor } from '../tensor.ts';
import { alike, type Operand } from './operand.ts';

export const identity = (x: Tensor): Tensor => apply('Identity', [x]);
/** The same value, which counts as constant on the way back. */
export const stopGradient = (x: Tensor): Tensor => apply('StopGradient', [x]);
export const neg = (x: Tensor): Tensor => apply('Neg', [x]);
export const abs = (x: Tensor): Tensor => apply('Abs', [x]);
export const sign = (x: Tensor): Tensor => apply('Sign', [x]);
export const reciprocal = (x: Tensor): Tensor => apply('Reciprocal', [x]);
export const sqrt = (x: Tensor): Tensor => apply('Sqrt', [x]);
export const exp = (x: Tensor): Tensor => apply('Exp', [x]);
export const log = (x: Tensor): Tensor => apply('Log', [x]);
export const sin = (x: Tensor): Tensor => apply('Sin', [x]);
export const cos = (x: Tensor): Tensor => apply('Cos', [x]);
export const tanh = (x: Tensor): Tensor => apply('Tanh', [x]);
export const erf = (x: Tensor): Tensor => apply('Erf', [x]);
export const floor = (x: Tensor): Tensor => apply('Floor', [x]);
export const ceil = (x: Tensor): Tensor => apply('Ceil', [x]);
/** To the nearest whole number, halves to the even one. */
export const round = (x: Tensor): Tensor => apply('Round', [x]);
export const clip = (x: Tensor, low: number, high: number): Tensor =>
  apply('Clip', [x, scalar(low, x.dtype), scalar(high, x.dtype)]);

export const add = (a: Operand, b: Operand): Tensor => apply('Add', alike(a, b));
export const sub = (a: Operand, b: Operand): Tensor => apply('Sub', alike(a, b));
export const mul = (a: Operand, b: Operand): Tensor => apply('Mul', alike(a, b));
export const div = (a: Operand, b: Operand): Tensor => apply('Div', alike(a, b));
export const pow = (a: Operand, b: Operand): Tensor => apply('Pow', alike(a, b));
/** What is left of a after division by b: with the sign of b for whole numbers, with that of a for floats. */
export function mod(a: Operand, b: Operand): Tensor {
  const operands = alike(a, b);
  return apply('Mod', operands, isFloat(operands[0]!) ? { fmod: 1 } : {});
}
/** Element by element the least of several tensors that broadcast. */
export const min = (...operands: readonly Operand[]): Tensor => apply('Min', alike(...operands));
/** Element by element the greatest of several tensors that broadcast. */
export const max = (...operands: readonly Operand[]): Tensor => apply('Max', alike(...operands));

export const cast = (x: Tensor, to: Dtype): Tensor =>
  x.dtype === to ? x : apply('Cast', [x], { to: DTYPES[to].code });
