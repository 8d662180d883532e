import { describe, expect, it } from 'vitest';
import { rankFigures, ranks } from '../../../models/evaluate/ranks.ts';
import { initialRanker, openSequenceRanker } from '../../../models/sequence/ranker.ts';
import { type RankerEpoch, type RankerTraining, trainSequenceRanker } from '../../../models/sequence/train.ts';

const ITEMS = 12;
const SHAPE = { width: 16, length: 6, blocks: 1 };
/** Each item is followed by the one before the last plus one: the newest event alone does not tell. */
const sequences = Array.from({ length: 60 }, (_, user) => {
  const taken = [user % ITEMS, (5 * user + 3) % ITEMS];
  while (taken.length < 3 + (user % 6)) taken.push((taken.at(-2)! + 1) % ITEMS);
  return Int32Array.from(taken);
});
const moments = {
  histories: sequences.map(each => each.slice(0, -1)),
  targets: Int32Array.from(sequences, each => each.at(-1)!),
};

async function train(changed: Partial<RankerTraining> = {}) {
  const scorer = await openSequenceRanker(ITEMS, SHAPE, initialRanker(ITEMS, SHAPE, 1));
  const epochs: RankerEpoch[] = [];
  const parameters = await trainSequenceRanker(
    {
      sequences,
      items: ITEMS,
      shape: SHAPE,
      seed: 1,
      dropout: 0.1,
      negatives: 8,
      tokens: 64,
      rate: 1e-2,
      every: 10,
      patience: 3,
      seconds: 8,
      validate: async now => {
        scorer.use(now);
        return rankFigures((await ranks([{ scorer, scaled: () => undefined }], [[1]], moments))[0]!, 1).hr;
      },
      ...changed,
    },
    epoch => epochs.push(epoch),
  );
  await scorer.release();
  return { parameters, epochs };
}

describe('a sequence ranker', () => {
  it('learns an order that the newest event alone does not tell, and gives back its best', async () => {
    const { epochs } = await train();
    expect(Math.max(...epochs.map(({ validation }) => validation))).toBeGreaterThan(0.9);
    const best = epochs.findIndex(({ validation }) => validation === Math.max(...epochs.map(each => each.validation)));
    expect(epochs.length - 1 - best).toBeLessThanOrEqual(3);
  });

  it('ends where nothing gets better, with the parameters of then', async () => {
    const { epochs } = await train({ validate: () => Promise.resolve(0.5), every: 2, patience: 2 });
    expect(epochs.map(({ epoch }) => epoch)).toEqual([2, 4, 6]);
  });

  it('is the same from the same seed', async () => {
    const runs = [1, 1, 2].map(seed => train({ seed, validate: () => Promise.resolve(0), every: 1, patience: 1 }));
    const [first, again, other] = (await Promise.all(runs)).map(({ parameters }) => parameters);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('scores a history as it does beside a longer one, and by its newest events', async () => {
    const scorer = await openSequenceRanker(ITEMS, SHAPE, initialRanker(ITEMS, SHAPE, 3));
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
});
