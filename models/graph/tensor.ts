import { TemperError } from '../../schemas/errors.ts';

/** A dimension: its size, or the name of a size that is known only when the graph runs, such as `N`. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** The types of elements, with their codes in an ONNX file. */
export const DTYPES = {
  float32: { code: 1, array: Float32Array },
  int32: { code: 6, array: Int32Array },
  int64: { code: 7, array: BigInt64Array },
  bool: { code: 9, array: Uint8Array },
  float64: { code: 11, array: Float64Array },
} as const;
export type Dtype = keyof typeof DTYPES;
export type Data = Float32Array | Int32Array | BigInt64Array | Uint8Array | Float64Array;

export type Attributes = Readonly<Record<string, number | readonly number[] | string>>;

/**
 * A value that a graph will compute. Tensors are immutable and know where they come from, so a graph is whatever its
 * outputs reach: there is no builder to pass around, and no dead node can exist.
 */
export interface Tensor {
  readonly dtype: Dtype;
  readonly shape: Shape;
  readonly origin:
    | { readonly kind: 'input'; readonly name: string }
    | { readonly kind: 'constant'; readonly data: Data; readonly name: string | undefined }
    | Node;
}

/** One operation of ONNX, applied. */
export interface Node {
  readonly kind: 'node';
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
}

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
  const data = dtype === 'int64' ? BigInt64Array.of(BigInt(value)) : DTYPES[dtype].array.of(value);
  return constant(dtype, data, []);
}

/** Whole numbers as a vector: axes, shapes, starts and ends, which ONNX takes as tensors. */
export function integers(values: readonly number[]): Tensor {
  return constant('int64', BigInt64Array.from(values, BigInt), [values.length]);
}

/** The whole numbers of a constant tensor, or undefined where they are computed. */
export function integersOf(tensor: Tensor): number[] | undefined {
  if (tensor.origin.kind !== 'constant') return undefined;
  return Array.from(tensor.origin.data as ArrayLike<number | bigint>, Number);
}

export function isFloat(tensor: Tensor): boolean {
  return tensor.dtype === 'float32' || tensor.dtype === 'float64';
}

/** The shape as numbers, or undefined where a dimension is symbolic. */
export function staticShape(shape: Shape): number[] | undefined {
  return shape.every(dim => typeof dim === 'number') ? [...shape] : undefined;
}

/** A tensor's type as errors print it: `float32[N, 64]`. */
export function typeOf({ dtype, shape }: Pick<Tensor, 'dtype' | 'shape'>): string {
  return `${dtype}[${shape.join(', ')}]`;
}
