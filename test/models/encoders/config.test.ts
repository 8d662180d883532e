import { expect, it } from 'vitest';
import { ENCODERS, encoderShapes } from '../../../models/encoders/config.ts';

// The published counts, less the pooler's 384 x 384 + 384, which the mean does without.
it.each([
  ['all-minilm-l6-v2', 22_713_216 - 147_840],
  ['multilingual-e5-small', 117_653_760 - 147_840],
] as const)('%s has as many numbers as were published', (name, count) => {
  const sizes = [...encoderShapes(ENCODERS[name]).values()].map(shape => shape.reduce((a, b) => a * b));
  expect(sizes.reduce((a, b) => a + b)).toBe(count);
});
