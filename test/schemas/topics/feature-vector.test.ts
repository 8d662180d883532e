import { expect, it } from 'vitest';
import { FeatureVector, packRows } from '../../../schemas/topics/feature-vector.ts';

it('packs rows of a matrix, also of one that is a part of another, and gives each back', () => {
  const [rows, width] = [5, 97];
  const rounded = (value: number) => Math.round(value * 1e5) / 1e5;
  const whole = Float32Array.from({ length: (rows + 2) * width }, (_, n) => rounded((n - 300) * Math.PI));
  const matrix = whole.subarray(width, (rows + 1) * width);
  const packed = packRows(matrix, width);
  for (const row of [4, 0, 2]) {
    const given = FeatureVector.parse(packed(row));
    expect(given.map(Math.fround)).toEqual([...matrix.subarray(row * width, (row + 1) * width)]);
  }
});
