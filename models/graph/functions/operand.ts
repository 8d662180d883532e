import { same } from '../ops/rules/shapes.ts';
import { scalar, type Tensor } from '../tensor.ts';

/** An operand; a number becomes a scalar of the type of the tensor that it meets. */
export type Operand = Tensor | number;

/** Operands of one type, that of the first tensor among them. */
export function alike(...operands: readonly Operand[]): Tensor[] {
  const dtype = operands.find(each => typeof each !== 'number')?.dtype ?? 'float32';
  return withoutExpansion(operands.map(each => (typeof each === 'number' ? scalar(each, dtype) : each)));
}

/** The operands, those that were expanded only to meet another as they were: operations broadcast by themselves. */
function withoutExpansion(operands: readonly Tensor[]): Tensor[] {
  const whole = operands.filter(operand => narrow(operand) === undefined);
  return operands.map(operand => {
    const met = whole.some(other => same(other.shape, operand.shape));
    return (met && narrow(operand)) || operand;
  });
}

function narrow({ origin }: Tensor): Tensor | undefined {
  return origin.kind === 'output' && origin.node.op === 'Expand' ? origin.node.inputs[0] : undefined;
}
