/** A tensor out of a file of weights, row by row. What a file keeps in fewer bits is float32 here. */
export type Weight =
  | { dtype: 'float32'; shape: readonly number[]; data: Float32Array }
  | { dtype: 'int64'; shape: readonly number[]; data: BigInt64Array };

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}
