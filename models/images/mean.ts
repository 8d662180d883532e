/** The sum of vectors, brought to length 1: the direction of their mean. */
export function meanDirection(vectors: readonly Float32Array[]): Float32Array {
  const total = new Float32Array(vectors[0]!.length);
  for (const vector of vectors) for (let k = 0; k < total.length; k++) total[k]! += vector[k]!;
  const length = Math.sqrt(total.reduce((sum, each) => sum + each * each, 0));
  return total.map(each => each / Math.max(length, Number.MIN_VALUE));
}
