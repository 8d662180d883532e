import { apply } from '../apply.ts';
import type { Tensor } from '../tensor.ts';
import { alike, type Operand } from './operand.ts';

export const equal = (a: Operand, b: Operand): Tensor => apply('Equal', alike(a, b));
export const greater = (a: Operand, b: Operand): Tensor => apply('Greater', alike(a, b));
export const greaterOrEqual = (a: Operand, b: Operand): Tensor => apply('GreaterOrEqual', alike(a, b));
export const less = (a: Operand, b: Operand): Tensor => apply('Less', alike(a, b));
export const lessOrEqual = (a: Operand, b: Operand): Tensor => apply('LessOrEqual', alike(a, b));
export const notANumber = (x: Tensor): Tensor => apply('IsNaN', [x]);

export const and = (a: Tensor, b: Tensor): Tensor => apply('And', [a, b]);
export const or = (a: Tensor, b: Tensor): Tensor => apply('Or', [a, b]);
export const xor = (a: Tensor, b: Tensor): Tensor => apply('Xor', [a, b]);
export const not = (x: Tensor): Tensor => apply('Not', [x]);

/** Where the condition holds the one, elsewhere the other; all three broadcast. */
export const where = (condition: Tensor, yes: Operand, no: Operand): Tensor =>
  apply('Where', [condition, ...alike(yes, no)]);
