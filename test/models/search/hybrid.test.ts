import { describe, expect, it } from 'vitest';
import { hybrid } from '../../../models/search/hybrid.ts';

const floats = (...values: number[]) => Float32Array.from(values);

describe('hybrid', () => {
  const words = floats(4, 4, 2, 0);
  const cosines = floats(0, 1, 1, 1);

  it('is the order of words without meaning', () => {
    expect([...hybrid({ words, cosines }, 0)]).toEqual([1, 1, 0.5, 0]);
    expect([...hybrid({ words }, 0.2)]).toEqual([1, 1, 0.5, 0]);
  });

  it('orders by meaning what words find alike', () => {
    const [first, second, third, fourth] = hybrid({ words, cosines }, 0.2);
    expect(first).toBeCloseTo(0.8 + 0.1);
    expect(second).toBeCloseTo(0.8 + 0.2);
    expect(third).toBeCloseTo(0.4 + 0.2);
    expect(fourth).toBeCloseTo(0.2);
  });

  it('takes what has no vector for as far as the farthest', () => {
    const far = floats(Number.NaN, 0.5, 0.2, 0.9);
    const [unknown, , least] = hybrid({ words: floats(1, 1, 1, 1), cosines: far }, 0.5);
    expect(unknown).toBe(least);
  });

  it('is nothing of nothing', () => {
    expect(hybrid({ words: floats() }, 0.2)).toHaveLength(0);
  });
});
