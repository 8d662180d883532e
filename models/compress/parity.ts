import { descending } from '../evaluate/metrics.ts';
import { openSession, type SessionOptions, type Value } from '../graph/runtime.ts';
import type { Graph } from '../graph/tensor.ts';

/** How far the answers of two models are apart, for one of their outputs. */
export interface Parity {
  readonly max_abs_difference: number;
  /** Of the angle between both answers to a row, the least of all rows; of all answers, where a row has one number. */
  readonly cosine: number;
  /** Spearman's, of the scores of all rows; null where a row has more than one number, or fewer than two rows. */
  readonly rank_correlation: number | null;
}

/**
 * Compares the answers of two models with the same inputs and outputs, float outputs alone.
 *
 * @param feeds batches of the same inputs for both
 */
export async function parity(
  before: Graph,
  after: Graph,
  feeds: Readonly<Record<string, Value>>,
  options: SessionOptions = {},
): Promise<Record<string, Parity>> {
  const [was, is] = [await answers(before, feeds, options), await answers(after, feeds, options)];
  return Object.fromEntries(
    Object.entries(was).flatMap(([name, { data, dims }]) => {
      const other = is[name]!.data;
      return data instanceof Float32Array && other instanceof Float32Array
        ? [[name, parityOf(data, other, dims[0] ?? 1)]]
        : [];
    }),
  );
}

async function answers(graph: Graph, feeds: Readonly<Record<string, Value>>, options: SessionOptions) {
  const session = await openSession(graph, options);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

/** Compares answers that are there already, as many numbers for each row. */
export function parityOf(was: Float32Array, is: Float32Array, rows: number): Parity {
  const width = was.length / rows;
  const parts = width === 1 ? [0] : [...Array(rows).keys()];
  const length = width === 1 ? rows : width;
  const cosines = parts.map(part => {
    const [a, b] = [was, is].map(all => all.subarray(part * length, (part + 1) * length)) as [
      Float32Array,
      Float32Array,
    ];
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b) || 1);
  });
  return {
    max_abs_difference: was.reduce((most, each, k) => Math.max(most, Math.abs(each - is[k]!)), 0),
    cosine: Math.min(...cosines),
    rank_correlation: width === 1 && rows > 1 ? correlation(ranks(was), ranks(is)) : null,
  };
}

/** The place of each score in their order; equal ones share the mean of theirs. */
function ranks(scores: Float32Array): Float64Array {
  const order = descending(scores);
  const places = new Float64Array(scores.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) end++;
    for (const row of order.subarray(start, end)) places[row] = (start + end - 1) / 2;
    start = end;
  }
  return places;
}

function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (a.length - 1) / 2;
  const [x, y] = [a.map(each => each - mean), b.map(each => each - mean)];
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y) || 1);
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
