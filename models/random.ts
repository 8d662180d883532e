/** Uniform and normal numbers, and shuffles, that the same seeds always give again. */
export interface Random {
  /** A whole number in [0, 2^32). */
  uint32(): number;
  /** A number in [0, 1), with 32 random bits. */
  uniform(): number;
  /** A whole number in [0, n). */
  below(n: number): number;
  /** A draw from the standard normal distribution. */
  normal(): number;
  /** Shuffles in place (Fisher and Yates). */
  shuffle<A extends Uint32Array | Int32Array>(values: A): A;
}

/**
 * The one source of randomness of everything under models/: xoshiro128** (Blackman and Vigna, "Scrambled linear
 * pseudorandom number generators", 2021), its state filled by splitmix32.
 *
 * Several seeds name independent streams, as in `random(seed, epoch)`: a resumed run needs no saved state.
 */
export function random(...seeds: number[]): Random {
  const state = fill(seeds);

  const uint32 = (): number => {
    const [s0, s1, s2, s3] = state as unknown as [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0;
    state[2] = s2 ^ s0;
    state[3] = s3 ^ s1;
    state[1] = s1 ^ state[2]!;
    state[0] = s0 ^ state[3]!;
    state[2]! ^= s1 << 9;
    state[3] = rotate(state[3]!, 11);
    return result;
  };
  const uniform = () => uint32() / 2 ** 32;
  const below = (n: number) => Math.floor(uniform() * n);

  return {
    uint32,
    uniform,
    below,
    // Box and Muller's transform; 1 - u keeps the logarithm finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    shuffle: values => {
      for (let i = values.length - 1; i > 0; i--) {
        const j = below(i + 1);
        const kept = values[i]!;
        values[i] = values[j]!;
        values[j] = kept;
      }
      return values;
    },
  };
}

function fill(seeds: readonly number[]): Uint32Array {
  let mixed = 0x9e3779b9;
  for (const seed of seeds) mixed = scramble((mixed ^ Math.trunc(seed)) >>> 0) ^ Math.trunc(seed / 2 ** 32);
  return Uint32Array.from({ length: 4 }, () => {
    mixed = (mixed + 0x9e3779b9) >>> 0;
    return scramble(mixed);
  });
}

/** splitmix32's finaliser. */
function scramble(value: number): number {
  let z = value;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) >>> 0;
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
