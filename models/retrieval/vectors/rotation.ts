import { random } from '../../random.ts';

/**
 * A rotation that is the same for all vectors of a width, by which the numbers of each become about normal, with a
 * variance of length^2 / width: no place has greater ones than another, whatever an encoder makes, so one scale suits them
 * all. Products stay what they were. It is random signs and a Walsh-Hadamard transform (Ailon and Chazelle, "The fast
 * Johnson-Lindenstrauss transform", 2009); that takes a power of two, so one covers the first numbers and then one the
 * last.
 *
 * @returns turns a vector of the width in place
 */
export function rotationOf(width: number): (vector: Float32Array) => void {
  const span = 2 ** Math.floor(Math.log2(width));
  const { below } = random(1, width);
  const signs = Float32Array.from({ length: width }, () => (below(2) === 0 ? -1 : 1) / Math.sqrt(span));
  const starts = span === width ? [0] : [0, width - span];
  return vector => {
    for (const start of starts) {
      for (let at = start; at < start + span; at++) vector[at]! *= signs[at]!;
      transform(vector, start, start + span);
    }
  };
}

/** The Walsh-Hadamard transform of the numbers from start to end, in place. */
function transform(vector: Float32Array, start: number, end: number): void {
  for (let half = 1; half < end - start; half *= 2) {
    for (let block = start; block < end; block += 2 * half) {
      for (let at = block; at < block + half; at++) {
        const a = vector[at]!;
        const b = vector[at + half]!;
        vector[at] = a + b;
        vector[at + half] = a - b;
      }
    }
  }
}
