import * as f from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { openSession, value } from '../graph/runtime.ts';
import { input } from '../graph/tensor.ts';
import { random } from '../random.ts';

const ROUNDS = 12;
/** Of the mean variance, what is added to each, so that a direction in which nearly nothing differs is not all noise. */
const RIDGE = 0.3;

/**
 * Directions by which rows of mean 0 come to the same variance, those K in which they differ the most: orthogonal
 * iteration (Halko, Martinsson and Tropp, "Finding structure with randomness", 2011, section 4.5), then the inverse
 * root of the covariance along them.
 *
 * @param rows [count, width]
 * @param size K, at most the width
 * @returns [width, K]
 */
export async function whiteDirections(
  rows: Float32Array,
  count: number,
  width: number,
  size: number,
): Promise<Float32Array> {
  const { basis, spread } = await principal(rows, count, width, size);
  let variance = 0;
  for (let k = 0; k < size; k++) variance += spread[k * size + k]! / size;
  for (let k = 0; k < size; k++) spread[k * size + k]! += RIDGE * variance + Number.EPSILON;
  return product(basis, inverseRoot(spread, size), width, size);
}

/** Orthonormal directions [width, K] in which rows of mean 0 differ the most. */
export async function principalDirections(
  rows: Float32Array,
  count: number,
  width: number,
  size: number,
): Promise<Float32Array> {
  return (await principal(rows, count, width, size)).basis;
}

/** @returns an orthonormal basis [W, K], and the covariance [K, K] of the rows along it */
async function principal(rows: Float32Array, count: number, width: number, size: number) {
  const [x, q] = [input('x', 'float32', [count, width]), input('q', 'float32', [width, size])];
  const along = f.matmul(x, q);
  const [next, spread] = [f.matmul(f.swap(x), along), f.matmul(f.swap(along), along)];
  const session = await openSession(graphOf({ next, spread }));
  try {
    const draws = random(2);
    let basis: Float32Array = Float32Array.from({ length: width * size }, () => draws.normal());
    const feeds = () => ({
      x: value('float32', rows, [count, width]),
      q: value('float32', orthonormal(basis, width, size), [width, size]),
    });
    for (let round = 0; round < ROUNDS; round++) basis = (await session.run(feeds())).next!.data as Float32Array;
    const last = feeds();
    const found = (await session.run(last)).spread!.data as Float32Array;
    return { basis: last.q.data as Float32Array, spread: Float64Array.from(found, each => each / count) };
  } finally {
    await session.release();
  }
}

/** Columns of length 1 at right angles (Gram and Schmidt, twice, for float32's sake); what is left of none is 0. */
function orthonormal(columns: Float32Array, width: number, size: number): Float32Array {
  const out = Array.from({ length: size }, (_, k) =>
    Float64Array.from({ length: width }, (_, w) => columns[w * size + k]!),
  );
  for (const [k, own] of out.entries()) {
    const before = lengthOf(own);
    for (let pass = 0; pass < 2; pass++) {
      for (const other of out.slice(0, k)) {
        const shared = dot(own, other);
        for (let w = 0; w < width; w++) own[w]! -= shared * other[w]!;
      }
    }
    const length = lengthOf(own);
    const scale = length > 1e-6 * before ? 1 / length : 0;
    for (let w = 0; w < width; w++) own[w]! *= scale;
  }
  return Float32Array.from({ length: width * size }, (_, at) => out[at % size]![Math.floor(at / size)]!);
}

/** R with R R^T the inverse of a positive matrix: the transposed inverse of its Cholesky factor. */
function inverseRoot(matrix: Float64Array, size: number): Float64Array {
  const lower = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * size + k]! * lower[j * size + k]!;
      lower[i * size + j] = i === j ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / lower[j * size + j]!;
    }
  }
  const root = new Float64Array(size * size);
  for (let column = 0; column < size; column++) {
    for (let i = column; i < size; i++) {
      let sum = Number(i === column);
      for (let k = column; k < i; k++) sum -= lower[i * size + k]! * root[column * size + k]!;
      root[column * size + i] = sum / lower[i * size + i]!;
    }
  }
  return root;
}

/** [W, K] times [K, J] */
export function product(
  basis: Float32Array,
  root: Float32Array | Float64Array,
  width: number,
  columns: number,
): Float32Array {
  const size = root.length / columns;
  const out = new Float32Array(width * columns);
  for (let w = 0; w < width; w++) {
    for (let k = 0; k < size; k++) {
      const b = basis[w * size + k]!;
      for (let j = 0; j < columns; j++) out[w * columns + j]! += b * root[k * columns + j]!;
    }
  }
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

function lengthOf(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}
