import { expect, it } from 'vitest';
import { initialRanker, openSequenceRanker } from '../../../models/sequence/ranker.ts';

const ITEMS = 12;
const MODEL = { items: ITEMS, shape: { width: 16, length: 6, blocks: 1, heads: 2, forward: 24 } };

it('a sequence ranker scores a history as it does beside a longer one, and by its newest events', async () => {
  const scorer = await openSequenceRanker(MODEL, initialRanker(MODEL, 3));
  const scores = async (...histories: number[][]) => {
    const into = new Float32Array(histories.length * ITEMS);
    await scorer.score(
      histories.map(each => Int32Array.from(each)),
      into,
    );
    return [...into.subarray(0, ITEMS)].map(score => score.toFixed(5));
  };
  const alone = await scores([4, 7]);
  expect(await scores([4, 7], [1, 2, 3, 4, 5])).toEqual(alone);
  expect(await scores([7, 4])).not.toEqual(alone);
  expect(await scores([9, 1, 2, 3, 4, 5, 6])).toEqual(await scores([1, 2, 3, 4, 5, 6]));
  await scorer.release();
});
