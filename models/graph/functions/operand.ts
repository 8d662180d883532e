import { scalar, type Tensor } from '../tensor.ts';

/** An operand; a number becomes a scalar of the type of the tensor that it meets. */
export type Operand = Tensor | number;

/** Operands of one type, that of the first tensor among them. */
export function alike(...operands: readonly Operand[]): Tensor[] {
  const dtype = operands.find(each => typeof each !== 'number')?.dtype ?? 'float32';
  return operands.map(each => (typeof each === 'number' ? scalar(each, dtype) : each));
}
