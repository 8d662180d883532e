import { describe, expect, it } from 'vitest';
import { fuseLanes } from '../../../models/retrieval/fuse.ts';

describe('lanes fused by reciprocal ranks', () => {
  const lanes = [
    { reason: 'words', items: ['a', 'b', 'c'] },
    { reason: 'vectors', items: ['c', 'd', 'b'] },
    { reason: 'fresh', items: ['e'] },
  ];

  it('put first what several have, each with the reason of the lane that has it first', () => {
    expect(fuseLanes(lanes, 9)).toEqual([
      { item: 'c', reason: 'vectors', relevance: 1 / 63 + 1 / 61 },
      { item: 'b', reason: 'words', relevance: 1 / 62 + 1 / 63 },
      { item: 'a', reason: 'words', relevance: 1 / 61 },
      { item: 'e', reason: 'fresh', relevance: 1 / 61 }, // as a has, which is named before
      { item: 'd', reason: 'vectors', relevance: 1 / 62 },
    ]);
  });

  it('count as much as they weigh', () => {
    const [words, vectors] = lanes as [(typeof lanes)[0], (typeof lanes)[0]];
    const fused = fuseLanes([words, { ...vectors, weight: 0.1 }], 9);
    expect(fused.map(({ item, reason }) => `${item} ${reason}`)).toEqual([
      'b words',
      'c words',
      'a words',
      'd vectors',
    ]);
  });

  it('give no more than is wanted, and nothing of nothing', () => {
    expect(fuseLanes(lanes, 2).map(({ item }) => item)).toEqual(['c', 'b']);
    expect(fuseLanes([], 5)).toEqual([]);
  });
});
