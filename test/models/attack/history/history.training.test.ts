import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostileClicks } from '../../../../models/attack/history/hostile.ts';
import { strangeClicks } from '../../../../models/attack/history/strangers.ts';
import { underVectorAttack } from '../../../../models/attack/history/vectors.ts';
import { type Victim, victimOf } from '../../../../models/attack/history/victim.ts';
import { type NextItems, rankFigures, ranks } from '../../../../models/evaluate/ranks.ts';
import { initialRanker, openSequenceRanker } from '../../../../models/sequence/ranker.ts';
import { trainSequenceRanker } from '../../../../models/sequence/train.ts';

const ITEMS = 12;
const MODEL = { items: ITEMS, shape: { width: 16, length: 6, blocks: 1, heads: 2, forward: 24 } };
/** Each item is followed by the one before the last plus one. */
const sequences = Array.from({ length: 60 }, (_, user) => {
  const taken = [user % ITEMS, (5 * user + 3) % ITEMS];
  while (taken.length < 3 + (user % 6)) taken.push((taken.at(-2)! + 1) % ITEMS);
  return Int32Array.from(taken);
});
const moments = {
  histories: sequences.map(each => each.slice(0, -1)),
  targets: Int32Array.from(sequences, each => each.at(-1)!),
};

let victim: Victim;
let scorer: Awaited<ReturnType<typeof openSequenceRanker>>;
beforeAll(async () => {
  scorer = await openSequenceRanker(MODEL, initialRanker(MODEL, 1));
  const parameters = await trainSequenceRanker({
    ...MODEL,
    sequences,
    seed: 1,
    dropout: 0.1,
    negatives: 8,
    tokens: 64,
    rate: 1e-2,
    epochs: 30,
    every: 30,
    seconds: 60,
    validate: () => Promise.resolve(0),
  });
  await scorer.use(parameters);
  victim = await victimOf(MODEL, parameters);
}, 60_000);
afterAll(() => scorer.release());

const goodness = async (of: Pick<typeof scorer, 'items' | 'score'>, on: NextItems = moments) =>
  rankFigures((await ranks([{ scorer: of, scaled: () => undefined }], [[1]], on))[0]!, 10).ndcg;

describe('an attack on the vectors of what was taken', () => {
  it('changes nothing without a budget, and the more it may the less is found', async () => {
    const found: number[] = [];
    for (const budget of [0, 0.2, 0.6]) {
      const attacked = await underVectorAttack(victim, moments, { norm: 'linf', budget, steps: 3 });
      found.push(await goodness(attacked));
      await attacked.release();
    }
    expect(found[0]).toBeCloseTo(await goodness(scorer), 5);
    expect(found[1]).toBeLessThan(found[0]! - 0.02);
    expect(found[2]).toBeLessThan(found[1]! - 0.02);
  });
});

describe('clicks of another hand', () => {
  it('are added among the newest, never what comes next, and are the same again from a seed', () => {
    const options = { clicks: 2, items: ITEMS, among: 3, seed: 5 };
    const { histories, targets } = strangeClicks(moments, options);
    expect(strangeClicks(moments, options)).toEqual({ histories, targets });
    expect(targets).toEqual(moments.targets);
    for (const [at, history] of histories.entries()) {
      const own = moments.histories[at]!;
      expect(history).toHaveLength(own.length + 2);
      const kept = Math.max(0, own.length - 3);
      expect([...history.subarray(0, kept)]).toEqual([...own.subarray(0, kept)]);
      expect(history.filter(item => item === targets[at]).length).toBe(own.filter(item => item === targets[at]).length);
    }
  });

  it('hurt more where a gradient chose them, and also a ranker that they were not chosen against', async () => {
    const strange = strangeClicks(moments, { clicks: 1, items: ITEMS, among: 1, seed: 5 });
    const among = [0, 2, 3, 5, 6, 8, 9, 11];
    const hostile = await hostileClicks(victim, moments, { clicks: 1, tried: 4, among });
    for (const [at, history] of hostile.histories.entries()) {
      expect([...history.subarray(0, -1)]).toEqual([...moments.histories[at]!]);
      expect([...moments.histories[at]!, moments.targets[at]]).not.toContain(history.at(-1));
      expect(among).toContain(history.at(-1));
    }
    const [clean, chosen] = [await goodness(scorer), await goodness(scorer, hostile)];
    expect(chosen).toBeLessThan(clean - 0.05);
    expect(chosen).toBeLessThan(await goodness(scorer, strange));
  });
});
