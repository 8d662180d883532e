import { describe, expect, it } from 'vitest';
import { contentNeighbours, contentSimilarity } from '../../../models/controls/content-neighbours.ts';
import { contentsOf } from '../../../models/controls/contents.ts';

const CONTENTS = contentsOf([['red', 'soap', 'red'], ['soap'], ['red', 'once'], [], ['red']])!;

describe('contents', () => {
  it('number the tokens that several items have, and let each item count as one', () => {
    const half = Math.fround(1 / Math.sqrt(2));
    expect(CONTENTS).toEqual({
      vocabulary: ['', 'red', 'soap'],
      most: 2,
      tokens: Int32Array.of(1, 2, 2, 0, 1, 0, 0, 0, 1, 0),
      shares: Float32Array.of(half, half, 1, 0, 1, 0, 0, 0, 1, 0),
    });
  });

  it('keep the first of many', () => {
    expect(
      contentsOf(
        [
          ['a', 'b', 'c'],
          ['c', 'b', 'a'],
        ],
        2,
      )!.tokens,
    ).toEqual(Int32Array.of(1, 2, 3, 2));
  });

  it('are none where no token is shared', () => {
    expect(contentsOf([['a'], ['b'], []])).toBeUndefined();
  });
});

describe('content neighbours', () => {
  const scores = (...history: number[]) => {
    const into = new Float32Array(5);
    void contentNeighbours(CONTENTS, { newest: 2, decay: 0.5 }).score([Int32Array.from(history)], into);
    return into;
  };

  it('are the more alike the rarer what is shared', () => {
    const [red, soap] = [Math.log(1 + 5 / 3), Math.log(1 + 5 / 2)];
    const length = Math.hypot(red, soap);
    const alike = contentSimilarity(CONTENTS);
    expect(alike(0, 1)).toBeCloseTo(soap / length, 6);
    expect(alike(0, 2)).toBeCloseTo(red / length, 6);
    expect(alike(2, 4)).toBeCloseTo(1, 6);
    expect(alike(3, 3)).toBe(0);
    for (const [item, score] of scores(0).entries()) expect(score).toBeCloseTo(alike(0, item), 6);
  });

  it('add up over the newest events, older ones less', () => {
    const alike = contentSimilarity(CONTENTS);
    for (const [item, score] of scores(4, 0, 1).entries()) {
      expect(score).toBeCloseTo(alike(1, item) + 0.5 * alike(0, item), 6);
    }
  });
});
