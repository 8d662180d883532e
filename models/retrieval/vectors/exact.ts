import { type Ranked, top } from '../top.ts';

/** An index of vectors without approximation: each query meets every document. */
export interface ExactIndex {
  readonly documents: number;
  /** The k documents with the greatest products. */
  search(query: Float32Array, k: number): Ranked;
  /** The product with every document: their cosines, if all vectors have length 1. */
  score(query: Float32Array): Float32Array;
}

/** @param vectors [documents, width], shared with the index */
export function indexVectors(vectors: Float32Array, width: number): ExactIndex {
  const documents = vectors.length / width;
  const score = (query: Float32Array) =>
    Float32Array.from({ length: documents }, (_, document) => product(query, vectors, document * width));
  return { documents, score, search: (query, k) => top(score(query), k) };
}

/** Some of the rows of a matrix [.., width], in the order in which they are named. */
export function rowsOf(matrix: Float32Array, rows: ArrayLike<number>, width: number): Float32Array {
  const chosen = new Float32Array(rows.length * width);
  for (let place = 0; place < rows.length; place++) {
    chosen.set(matrix.subarray(rows[place]! * width, (rows[place]! + 1) * width), place * width);
  }
  return chosen;
}

/** Four sums side by side, so that an addition does not wait for the one before it; see `product` of the vector index. */
function product(query: Float32Array, vectors: Float32Array, start: number): number {
  const width = query.length;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let at = 0;
  for (; at + 3 < width; at += 4) {
    a += query[at]! * vectors[start + at]!;
    b += query[at + 1]! * vectors[start + at + 1]!;
    c += query[at + 2]! * vectors[start + at + 2]!;
    d += query[at + 3]! * vectors[start + at + 3]!;
  }
  for (; at < width; at++) a += query[at]! * vectors[start + at]!;
  return a + b + c + d;
}
