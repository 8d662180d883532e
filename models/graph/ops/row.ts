import { type Attributes, DTYPES, type Dtype, type Shape, type Tensor, type Type } from '../tensor.ts';
import { Mismatch } from './rules/shapes.ts';

/** An operation on its operands; `a`, `b` and `c` are the first three, which the arity says to be there. */
export interface Call {
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  readonly a: Tensor;
  readonly b: Tensor;
  readonly c: Tensor;
}

/**
 * A call on the way back: its outputs, and the gradient of the loss with respect to each of them, undefined where the
 * loss does not depend on it. `y` and `dy` are the first, `dy` zeros where the loss depends on another output alone.
 */
export interface Step extends Call {
  readonly y: Tensor;
  readonly dy: Tensor;
  readonly ys: readonly Tensor[];
  readonly dys: readonly (Tensor | undefined)[];
}

export interface Op {
  /** The least and the greatest number of inputs. */
  readonly arity: readonly [number, number];
  /** What the elements of the operands may be. */
  readonly takes: 'float' | 'number' | 'any';
  /** Which of the inputs are these operands, all of one type; the others are indices, axes, shapes. All, if not said. */
  readonly operands?: readonly number[];
  readonly attributes?: Readonly<Record<string, AttributeKind>>;
  /** The set that defines the operation, where it is not ONNX's own. */
  readonly domain?: 'com.microsoft';
  /** The operation of ONNX that computes it in a file, where it has no name of its own there. */
  readonly writtenAs?: string;
  shape(call: Call): Shape;
  /** The type of the output's elements: that of the first input where nothing is said. */
  dtype?(call: Call): Dtype;
  /** The outputs after the first. */
  also?(call: Call): Type[];
  /** Set where an output that nobody needs may be left out. */
  readonly spare?: true;
  /**
   * One gradient for each input, null where the output does not change with it. A gradient may have the broadcast
   * shape: the walk in gradients.ts sums it back. An operation without this rule is not differentiable.
   */
  gradient?(step: Step): readonly (Tensor | null)[];
  /** What is worth knowing of its gradient or its limits; it stands in docs/ops.md. */
  readonly note?: string;
}

export type AttributeKind = 'int' | 'ints' | 'float' | 'string' | 'graph';

export type Rows = Readonly<Record<string, Op>>;

export function int({ attributes }: Pick<Call, 'attributes'>, name: string, otherwise?: number): number {
  const value = attributes[name] ?? otherwise;
  return typeof value === 'number' && Number.isInteger(value)
    ? value
    : mismatch(`${name} as a whole number`, String(value));
}

/** A float attribute, rounded as files keep it: to a float32. */
export function float({ attributes }: Pick<Call, 'attributes'>, name: string, otherwise?: number): number {
  const value = attributes[name] ?? otherwise;
  return typeof value === 'number' ? Math.fround(value) : mismatch(`${name} as a number`, String(value));
}

export function ints({ attributes }: Pick<Call, 'attributes'>, name: string, otherwise?: readonly number[]): number[] {
  const value = attributes[name] ?? otherwise;
  return Array.isArray(value) ? [...value] : mismatch(`${name} as whole numbers`, String(value));
}

export function text({ attributes }: Pick<Call, 'attributes'>, name: string, otherwise: string): string {
  const value = attributes[name] ?? otherwise;
  return typeof value === 'string' ? value : mismatch(`${name} as text`, String(value));
}

export function dtypeOf(code: number): Dtype {
  const found = Object.entries(DTYPES).find(([, dtype]) => dtype.code === code);
  return found ? (found[0] as Dtype) : mismatch(`one of ${Object.keys(DTYPES).join(', ')}`, `ONNX type ${code}`);
}

export function mismatch(expected: string, got: string): never {
  throw new Mismatch(expected, got);
}
