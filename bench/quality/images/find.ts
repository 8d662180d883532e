/** Rows of vectors of length 1. */
export interface Rows {
  /** [rows, width] */
  readonly vectors: Float32Array;
  readonly width: number;
}

/** The rows of `among` by their product with a row of `from`, the greatest first. */
export function nearest(from: Rows, row: number, among: Rows): Int32Array {
  const scores = Float32Array.from({ length: among.vectors.length / among.width }, (_, other) =>
    product(from, row, among, other),
  );
  return Int32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
}

/** For each row of `from` 1 where one of its first `k` is right, else 0. */
export function hits(from: Rows, among: Rows, k: number, isRight: (row: number, other: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: from.vectors.length / from.width }, (_, row) =>
    Number(
      nearest(from, row, among)
        .subarray(0, k)
        .some(other => isRight(row, other)),
    ),
  );
}

function product(a: Rows, row: number, b: Rows, other: number): number {
  let sum = 0;
  for (let k = 0; k < a.width; k++) sum += a.vectors[row * a.width + k]! * b.vectors[other * b.width + k]!;
  return sum;
}
