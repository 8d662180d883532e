import { describe, expect, it } from 'vitest';
import { hybrid } from '../../../models/search/hybrid.ts';

const floats = (...values: number[]) => Float32Array.from(values);
const NONE = ['', '', '', ''];

describe('hybrid', () => {
  const words = floats(4, 4, 2, 0);
  const cosines = floats(0, 1, 1, 1);

  it('is the order of words without meaning and categories', () => {
    expect([...hybrid({ words, cosines, categories: NONE }, { meaning: 0, category: 0 })]).toEqual([1, 1, 0.5, 0]);
    expect([...hybrid({ words, categories: NONE }, { meaning: 0.2, category: 0.1 })]).toEqual([1, 1, 0.5, 0]);
  });

  it('orders by meaning what words find alike', () => {
    const [first, second, third, fourth] = hybrid({ words, cosines, categories: NONE }, { meaning: 0.2, category: 0 });
    expect(first).toBeCloseTo(0.8 + 0.1);
    expect(second).toBeCloseTo(0.8 + 0.2);
    expect(third).toBeCloseTo(0.4 + 0.2);
    expect(fourth).toBeCloseTo(0.2);
  });

  it('gives more to the category that most of the first are of, and the less to others the fewer they are', () => {
    const same = floats(1, 1, 1, 1);
    const scores = hybrid({ words: same, categories: ['bag', 'laptop', 'laptop', ''] }, { meaning: 0, category: 0.1 });
    expect([...scores].map(score => +score.toFixed(4))).toEqual([1.05, 1.1, 1.1, 1]);
  });

  it('asks the first twenty alone', () => {
    const many = Array.from({ length: 60 }, (_, at) => (at < 20 ? 'laptop' : 'bag'));
    const falling = Float32Array.from(many, (_, at) => 60 - at);
    const scores = hybrid({ words: falling, categories: many }, { meaning: 0, category: 0.1 });
    expect(scores[0]).toBeCloseTo(1.1);
    expect(scores[59]).toBeCloseTo(1 / 60);
  });

  it('takes what has no vector for as far as the farthest', () => {
    const far = floats(Number.NaN, 0.5, 0.2, 0.9);
    const [unknown, , least] = hybrid(
      { words: floats(1, 1, 1, 1), cosines: far, categories: NONE },
      { meaning: 0.5, category: 0 },
    );
    expect(unknown).toBe(least);
  });

  it('is nothing of nothing', () => {
    expect(hybrid({ words: floats(), categories: [] }, { meaning: 0.2, category: 0.1 })).toHaveLength(0);
  });
});
