import { expect, it } from 'vitest';
import { FeatureVector, packedVector } from '../../../schemas/topics/feature-vector.ts';

const vector = (length: number, first: number) =>
  Array.from({ length }, (_, n) => Math.round((first + n) * 1e5 * Math.PI) / 1e5);

it('packs vectors of any length one after the other, and gives each back', () => {
  const vectors = [97, 1, 3_000, 0, 97, 1_025].map((length, n) => vector(length, -50 * n));
  const packed = vectors.map(packedVector);
  for (const [n, values] of vectors.entries()) {
    const given = FeatureVector.parse(packed[n]);
    expect(given).toHaveLength(values.length);
    for (const [f, value] of values.entries()) expect(Math.fround(given[f]!)).toBe(Math.fround(value));
  }
});
