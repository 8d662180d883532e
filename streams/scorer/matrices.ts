import { FEATURE_NAMES } from '../../models/features/vector.ts';
import { LIMITS } from '../../schemas/limits.ts';

const WIDTH = FEATURE_NAMES.length;
/** As many as there are lists in work at one time, about. */
const KEPT = 16;
const free: Float32Array[] = [];

/**
 * Room for the features of a list's candidates. It has the numbers of another list until it is filled. With 500 candidates
 * it is 184 KB: a fresh one for each list would be asked of the system, filled with zeros, and given back.
 */
export function takeMatrix(rows: number): Float32Array {
  const size = rows * WIDTH;
  const whole = size <= SIZE ? (free.pop() ?? new Float32Array(SIZE)) : new Float32Array(size);
  return whole.subarray(0, size);
}

const SIZE = LIMITS.candidates_per_request * WIDTH;

/** Nobody looks at it any more. */
export function giveBack(matrix: Float32Array): void {
  if (free.length < KEPT && matrix.buffer.byteLength === SIZE * Float32Array.BYTES_PER_ELEMENT) {
    free.push(new Float32Array(matrix.buffer));
  }
}
