import { describe, expect, it } from 'vitest';
import { eachHistory } from '../../../models/controls/scorer.ts';
import { rankFigures, ranks } from '../../../models/evaluate/ranks.ts';

const part = (...scores: number[]) => ({
  scorer: eachHistory(scores.length, (_, row) => row.set(scores)),
  scaled: () => undefined,
});
const moments = {
  histories: [[0], [0, 2], [1], [3]].map(ids => Int32Array.from(ids)),
  targets: Int32Array.of(2, 2, 0, -1),
};

describe('ranks', () => {
  it('are those among all items, tied ones in the middle, and of an unknown item beyond all', async () => {
    expect([...(await ranks([part(3, 1, 2, 2)], [[1]], moments))[0]!]).toEqual([1.5, 1.5, 0, Number.POSITIVE_INFINITY]);
  });

  it('leave out the history, but not a target that is in it', async () => {
    const [found] = await ranks([part(3, 1, 2, 2)], [[1]], moments, { withoutHistory: true, batch: 3 });
    expect([...found!]).toEqual([0.5, 0.5, 0, Number.POSITIVE_INFINITY]);
  });

  it('are told of several blends at once', async () => {
    const found = await ranks(
      [part(3, 1, 2, 2), part(0, 0, 5, 0)],
      [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
      moments,
    );
    expect(found.map(each => each[0])).toEqual([1.5, 0, 0]);
  });

  it('give figures of the first k', () => {
    const { hr, ndcg, mrr } = rankFigures(Float32Array.of(0, 1.5, Number.POSITIVE_INFINITY, 10), 10);
    expect(hr).toBeCloseTo(2 / 4, 12);
    expect(ndcg).toBeCloseTo((1 + 1 / Math.log2(3.5)) / 4, 12);
    expect(mrr).toBeCloseTo((1 + 1 / 2.5) / 4, 12);
  });
});
