import { random } from '../random.ts';

/**
 * How often chance alone makes two systems as different as they were on the same queries or users: the two-sided
 * p-value of the mean of paired differences, by flipping their signs at random (Fisher's randomization test; Smucker,
 * Allan and Carterette, "A comparison of statistical significance tests for information retrieval evaluation", 2007).
 *
 * @returns in (0, 1]; no smaller than 1 / (rounds + 1)
 */
export function pairedPermutation(
  differences: Float64Array,
  { seed, rounds = 100_000 }: { seed: number; rounds?: number },
): number {
  // Sums that differ by rounding alone are the same.
  const observed = Math.abs(differences.reduce((sum, each) => sum + each, 0)) * (1 - 1e-12);
  const draws = random(seed);
  let asFar = 0;
  for (let round = 0; round < rounds; round++) {
    let sum = 0;
    for (const each of differences) sum += draws.uint32() >>> 31 ? each : -each;
    if (Math.abs(sum) >= observed) asFar++;
  }
  return (asFar + 1) / (rounds + 1);
}
