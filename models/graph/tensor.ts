import { TemperError } from '../../schemas/errors.ts';
import { halves } from './half.ts';

/** A dimension: its size, or the name of a size that is known only when the graph runs, such as `N`. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** The types of elements, with their codes in an ONNX file. A float16 is held as the 16 bits that it consists of. */
export const DTYPES = {
  float32: { code: 1, array: Float32Array },
  uint8: { code: 2, array: Uint8Array },
  int8: { code: 3, array: Int8Array },
  int32: { code: 6, array: Int32Array },
  int64: { code: 7, array: BigInt64Array },
  bool: { code: 9, array: Uint8Array },
  float16: { code: 10, array: Uint16Array },
  float64: { code: 11, array: Float64Array },
} as const;
export type Dtype = keyof typeof DTYPES;
export type Data = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array | Uint16Array | Float64Array;

/** What a tensor holds: the type of its elements, and its shape. */
export interface Type {
  readonly dtype: Dtype;
  readonly shape: Shape;
}

/**
 * A value that a graph will compute. Tensors are immutable and know where they come from, so a graph is whatever its
 * outputs reach: there is no builder to pass around, and no dead node can exist.
 */
export interface Tensor extends Type {
  readonly origin:
    | { readonly kind: 'input'; readonly name: string }
    | { readonly kind: 'constant'; readonly data: Data; readonly name: string | undefined }
    | { readonly kind: 'output'; readonly node: Node; readonly place: number }
    | { readonly kind: 'omitted' };
}

/** One operation of ONNX, applied. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  readonly outputs: readonly Tensor[];
}

export type Attribute = number | readonly number[] | string | Graph;
export type Attributes = Readonly<Record<string, Attribute>>;

/** A computation from named inputs to named outputs, its tensors in an order in which each follows what it needs. */
export interface Graph {
  readonly inputs: readonly Tensor[];
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly tensors: readonly Tensor[];
}

/** Stands for an optional operand that is not given. */
export const OMITTED: Tensor = { dtype: 'float32', shape: [0], origin: { kind: 'omitted' } };

/** A value that is fed when the graph runs. */
export function input(name: string, dtype: Dtype, shape: Shape): Tensor {
  return { dtype, shape, origin: { kind: 'input', name } };
}

/**
 * A value that is part of the graph.
 *
 * @param name kept in the ONNX file where one is given
 * @throws GRAPH_INVALID where the data are not of the type or do not fill the shape
 */
export function constant(dtype: Dtype, data: Data, shape: readonly number[], name?: string): Tensor {
  const elements = shape.reduce((product, dim) => product * dim, 1);
  if (!(data instanceof DTYPES[dtype].array) || data.length !== elements) {
    throw new TemperError('GRAPH_INVALID', {
      where: `constant ${name ?? ''}`.trim(),
      expected: `${elements} elements of ${dtype} for the shape [${shape.join(', ')}]`,
      got: `${data.length} in a ${data.constructor.name}`,
    });
  }
  return { dtype, shape, origin: { kind: 'constant', data, name } };
}

/** A number as a tensor without dimensions, of the type of the values that it meets. */
export function scalar(value: number, dtype: Dtype = 'float32'): Tensor {
  return constant(dtype, dataOf(dtype, [value]), []);
}

/** Numbers as the elements of a type. */
export function dataOf(dtype: Dtype, values: readonly number[]): Data {
  if (dtype === 'int64') return BigInt64Array.from(values, wide);
  if (dtype === 'float16') return halves(values);
  return DTYPES[dtype].array.from(values);
}

/** Whole numbers as a vector: axes, shapes, starts and ends, which ONNX takes as tensors. */
export function integers(values: readonly number[]): Tensor {
  return constant('int64', BigInt64Array.from(values, wide), [values.length]);
}

/** What stands for "to the end" in files, 2^63 - 1, is no number of JavaScript: it comes as the one above. */
function wide(value: number): bigint {
  return value >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(value);
}

/** Data as text by their bits, since 0 is not -0, and a NaN is itself. */
export function bitsOf({ buffer, byteOffset, byteLength }: Data): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex');
}

export function isFloat({ dtype }: Type): boolean {
  return dtype === 'float32' || dtype === 'float64' || dtype === 'float16';
}

/** Whether a constant may be trained: it has a name, by which an adaptation finds it. */
export function isTrainable(tensor: Tensor): boolean {
  return tensor.origin.kind === 'constant' && tensor.origin.name !== undefined && isFloat(tensor);
}

/** Whether an optional operand is there. */
export function isGiven(operand: Tensor | undefined): operand is Tensor {
  return operand !== undefined && operand.origin.kind !== 'omitted';
}

/** Whether something is a graph, as the body of an operation is. */
export function isGraph(value: object | string | number | undefined): value is Graph {
  return typeof value === 'object' && 'outputs' in value;
}

/** The shape as numbers, or undefined where a dimension is symbolic. */
export function staticShape(shape: Shape): number[] | undefined {
  return shape.every(dim => typeof dim === 'number') ? [...shape] : undefined;
}

/** A tensor's type as errors print it: `float32[N, 64]`. */
export function typeOf({ dtype, shape }: Type): string {
  return `${dtype}[${shape.join(', ')}]`;
}
