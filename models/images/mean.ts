/** The sum of vectors, each as often as its weight says, brought to length 1. */
export function weightedDirection(vectors: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const total = new Float32Array(vectors[0]!.length);
  for (const [place, vector] of vectors.entries()) {
    for (let k = 0; k < total.length; k++) total[k]! += weights[place]! * vector[k]!;
  }
  const length = Math.sqrt(product(total, total));
  return total.map(each => each / Math.max(length, Number.MIN_VALUE));
}

/** Of vectors that all count the same. */
export function meanDirection(vectors: readonly Float32Array[]): Float32Array {
  return weightedDirection(
    vectors,
    vectors.map(() => 1),
  );
}

export function product(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}
