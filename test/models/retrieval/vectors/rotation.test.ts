import { describe, expect, it } from 'vitest';
import { random } from '../../../../models/random.ts';
import { rotationOf } from '../../../../models/retrieval/vectors/rotation.ts';

const product = (a: Float32Array, b: Float32Array) => a.reduce((sum, number, at) => sum + number * b[at]!, 0);

describe('a rotation', () => {
  it.each([1, 2, 3, 24, 256, 384, 1_280])('keeps lengths and products of vectors of %i numbers', width => {
    const { normal } = random(7, width);
    const rotate = rotationOf(width);
    const [a, b] = [0, 0].map(() => Float32Array.from({ length: width }, normal)) as [Float32Array, Float32Array];
    const before = [product(a, a), product(b, b), product(a, b)];
    rotate(a);
    rotate(b);
    for (const [at, after] of [product(a, a), product(b, b), product(a, b)].entries()) {
      expect(Math.abs(after - before[at]!)).toBeLessThan(1e-5 * (width + before[0]!));
    }
  });

  it.each([256, 384, 1_280])('spreads a single number of %i so far that it is cut off nowhere', width => {
    const rotate = rotationOf(width);
    for (let at = 0; at < width; at += 7) {
      const alone = new Float32Array(width);
      alone[at] = 1;
      rotate(alone);
      const greatest = alone.reduce((most, number) => Math.max(most, Math.abs(number)), 0);
      expect(greatest).toBeLessThan(4.5 / Math.sqrt(width));
    }
  });
});
