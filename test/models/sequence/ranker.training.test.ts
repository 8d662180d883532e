import { describe, expect, it } from 'vitest';
import { contentsOf } from '../../../models/controls/contents.ts';
import { rankFigures, ranks } from '../../../models/evaluate/ranks.ts';
import { initialRanker, openSequenceRanker } from '../../../models/sequence/ranker.ts';
import { type RankerEpoch, type RankerTraining, trainSequenceRanker } from '../../../models/sequence/train.ts';

const ITEMS = 12;
const SHAPE = { width: 16, length: 6, blocks: 1, heads: 2, forward: 24 };
const MODEL = { items: ITEMS, shape: SHAPE };
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
  const scorer = await openSequenceRanker(MODEL, initialRanker(MODEL, 1));
  const epochs: RankerEpoch[] = [];
  const parameters = await trainSequenceRanker(
    {
      ...MODEL,
      sequences,
      seed: 1,
      dropout: 0.1,
      negatives: 8,
      tokens: 64,
      rate: 1e-2,
      epochs: 60,
      every: 20,
      seconds: 60,
      validate: async now => {
        await scorer.use(now);
        return rankFigures((await ranks([{ scorer, scaled: () => undefined }], [[1]], moments))[0]!, 1).hr;
      },
      ...changed,
    },
    { onEpoch: epoch => epochs.push(epoch) },
  );
  await scorer.release();
  return { parameters, epochs };
}

describe('a sequence ranker', () => {
  it('learns an order that the newest event alone does not tell', async () => {
    const { epochs } = await train();
    expect(epochs.flatMap(({ epoch, validation }) => (validation === null ? [] : epoch))).toEqual([20, 40, 60]);
    expect(epochs.at(-1)!.validation).toBeGreaterThan(0.9);
  });

  it('gives back its best', async () => {
    const kept: Float32Array[] = [];
    const goodness = [1, 3, 2];
    const validate = (now: Float32Array) => Promise.resolve(goodness[kept.push(now.slice()) - 1]!);
    const { parameters } = await train({ validate, epochs: 3, every: 1 });
    expect(parameters).toEqual(kept[1]);
    expect(kept[2]).not.toEqual(kept[1]);
  });

  it('has fewer epochs where the time is short, and is validated at its end', async () => {
    const { epochs } = await train({ validate: () => Promise.resolve(0), epochs: 1e6, every: 1e6, seconds: 0.1 });
    expect(epochs.at(-1)!.seconds).toBeLessThan(5);
    expect(epochs.flatMap(({ validation }) => validation ?? [])).toHaveLength(1);
    expect(epochs.at(-1)!.validation).toBe(0);
  });

  it('is refused what no user took twice', async () => {
    await expect(train({ sequences: [Int32Array.of(1), Int32Array.of(2)] })).rejects.toThrow('DATA_INSUFFICIENT');
  });

  it('is the same from the same seed', async () => {
    const runs = [1, 1, 2].map(seed => train({ seed, validate: () => Promise.resolve(0), epochs: 2 }));
    const [first, again, other] = (await Promise.all(runs)).map(({ parameters }) => parameters);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('is hardened where that is asked for, after as much of the training as is said', async () => {
    const vectors = { norm: 'linf', budget: 0.3, steps: 1 } as const;
    const hardening = { after: 0.5, vectors, share: 0.5, tokens: 0, strangers: 0.2 };
    const short = { validate: () => Promise.resolve(0), epochs: 8, every: 8 };
    const [plain, hardened, again, nothing] = await Promise.all([
      train(short),
      train({ ...short, hardening }),
      train({ ...short, hardening }),
      train({ ...short, hardening: { ...hardening, vectors: { ...vectors, budget: 0 }, strangers: 0 } }),
    ]);
    const losses = ({ epochs }: typeof plain) => epochs.map(({ loss }) => loss);
    expect(losses(hardened!).slice(0, 4)).toEqual(losses(plain!).slice(0, 4));
    expect(Math.min(...losses(hardened!).slice(4))).toBeGreaterThan(Math.max(...losses(plain!).slice(4)));
    expect(again!.parameters).toEqual(hardened!.parameters);
    expect(nothing!.parameters).toEqual(plain!.parameters);
  });

  it('gives an item nobody took the scores of its like, by what describes them', async () => {
    // 12 and 13 are in no sequence; they are described as 4 and 5 are.
    const described = Array.from({ length: ITEMS + 2 }, (_, item) => [`kind ${item < ITEMS ? item : item - 8}`]);
    const model = { items: ITEMS + 2, shape: SHAPE, contents: contentsOf(described)! };
    const parameters = await trainSequenceRanker({
      ...model,
      sequences,
      seed: 1,
      dropout: 0.1,
      negatives: 8,
      tokens: 64,
      rate: 1e-2,
      epochs: 60,
      seconds: 60,
      every: 60,
      validate: () => Promise.resolve(0),
    });
    const scorer = await openSequenceRanker(model, parameters);
    const into = new Float32Array(ITEMS + 2);
    // After 3 and 6 comes 4.
    await scorer.score([Int32Array.of(3, 6)], into);
    await scorer.release();
    expect(into[12]).toBeGreaterThan(into[13]!);
    expect(into.toSorted().at(-2)).toBeLessThanOrEqual(Math.max(into[4]!, into[12]!));
  });
});
