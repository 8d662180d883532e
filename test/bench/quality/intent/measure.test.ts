import { describe, expect, it } from 'vitest';
import { aside } from '../../../../bench/quality/intent/measure.ts';

describe('questions that are put aside', () => {
  const all = Array.from({ length: 50 }, (_, n) => ({ text: `q${n}`, intent: n < 40 ? 'many' : 'few' }));

  it('are a share of each intent, the same for the same seed, and no question is on both sides', () => {
    const [rest, taken] = aside(all, 0.2, 1);
    expect(taken.filter(({ intent }) => intent === 'many')).toHaveLength(8);
    expect(taken.filter(({ intent }) => intent === 'few')).toHaveLength(2);
    expect(new Set([...rest, ...taken].map(({ text }) => text)).size).toBe(50);
    expect(aside(all, 0.2, 1)).toEqual([rest, taken]);
    expect(aside(all, 0.2, 2)[1]).not.toEqual(taken);
  });
});
