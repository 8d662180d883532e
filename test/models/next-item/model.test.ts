import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blend, toDeviations } from '../../../models/controls/blend.ts';
import { inParts, UNDIVIDED } from '../../../models/harden/parts.ts';
import { clickLogit } from '../../../models/next-item/click.ts';
import { type NextItemModel, openNextItem } from '../../../models/next-item/model.ts';
import { voicesOf } from '../../../models/next-item/voices.ts';
import { HISTORY, type RankerBatch } from '../../../models/ranker/model.ts';
import { openSequenceRanker } from '../../../models/sequence/ranker.ts';
import { blendFile, DESCRIBED, ITEMS, NAMES, RANKERS, TABLES } from './blends.ts';

let model: NextItemModel;
beforeAll(async () => {
  model = await openNextItem(await blendFile());
});
afterAll(() => model.release());

async function scoresAfter(...histories: number[][]): Promise<number[]> {
  const into = new Float32Array(histories.length * ITEMS);
  await model.scorer.score(
    histories.map(each => Int32Array.from(each)),
    into,
  );
  return [...into];
}

/** One list of items before a user with this history, newest first. */
function listOf(items: readonly string[], history: readonly string[], rate = 0.05): RankerBatch {
  const all = [...new Set([...items, ...history])];
  const recent = new Int32Array(HISTORY).fill(-1);
  recent.set(history.map(item => all.indexOf(item)));
  return {
    rows: items.length,
    features: Float32Array.from(items.flatMap(() => [0, rate])),
    items: all,
    item: Int32Array.from(items, item => all.indexOf(item)),
    list: new Int32Array(items.length),
    history: recent,
    contents: {},
  };
}

const close = (numbers: readonly number[]) => numbers.map(number => expect.closeTo(number, 4));

describe('a blend that serves', () => {
  it.each([UNDIVIDED, { parts: 2, whole: 0.5 }])(
    'scores as the blend of the rankers and voices that training had (histories in $parts)',
    async division => {
      const rankers = await Promise.all(RANKERS.map(each => openSequenceRanker(each.model, each.parameters)));
      const settings = { ...TABLES.settings, division };
      const served = await openNextItem(await blendFile({ ...TABLES, settings }));
      const voices = voicesOf(TABLES, TABLES.settings.rules);
      const parts = [
        ...rankers.map(scorer => inParts({ scorer, scaled: toDeviations }, division)),
        voices.together,
        voices.content!,
        voices.popular,
      ];
      const trained = blend(parts, [1, 2, 2, 1, 0.5]);
      const histories = [[3], [1, 2, 5], [0, 1, 2, 3, 4, 5, 6, 7]].map(each => Int32Array.from(each));
      const [expected, into] = [0, 0].map(() => new Float32Array(histories.length * ITEMS)) as [
        Float32Array,
        Float32Array,
      ];
      await trained.score(histories, expected);
      await served.scorer.score(histories, into);
      expect([...into]).toEqual(close([...expected]));
      await Promise.all([served.release(), ...rankers.map(ranker => ranker.release())]);
    },
  );

  it('orders a list by these scores and the click rates, as logits', async () => {
    const scores = await scoresAfter([5, 2, 7]);
    const logits = await model.score(
      listOf(
        NAMES,
        [7, 2, 5].map(item => NAMES[item]!),
      ),
    );
    expect([...logits]).toEqual(close(scores.map(score => clickLogit(score, 0.05, TABLES.settings.click))));
    const risen = await model.score(
      listOf(
        NAMES,
        [7, 2, 5].map(item => NAMES[item]!),
        0.1,
      ),
    );
    for (const [item, logit] of risen.entries()) expect(logit).toBeGreaterThan(logits[item]!);
  });

  it('gives several lists at once the scores that each gets alone', async () => {
    const [one, other] = [listOf(NAMES, ['item 3']), listOf(NAMES, ['item 8', 'item 1'])];
    const both: RankerBatch = {
      ...one,
      rows: 2 * ITEMS,
      features: Float32Array.of(...one.features, ...other.features),
      item: Int32Array.of(...one.item, ...other.item),
      list: Int32Array.from({ length: 2 * ITEMS }, (_, row) => Math.floor(row / ITEMS)),
      history: Int32Array.of(...one.history, ...other.history),
    };
    expect([...(await model.score(both))]).toEqual(close([...(await model.score(one)), ...(await model.score(other))]));
  });

  it('expects items that are not in the history, the likeliest first, and others after another click', async () => {
    const before = await model.next(['item 2', 'item 5'], 20);
    expect(before).toHaveLength(ITEMS - 2);
    expect(before).not.toContain('item 2');
    const scores = await scoresAfter([5, 2]);
    const ordered = before.map(item => scores[NAMES.indexOf(item)]!);
    expect(ordered).toEqual(ordered.toSorted((a, b) => b - a));
    expect(await model.next(['item 2', 'item 5'], 3)).toEqual(before.slice(0, 3));
    expect(await model.next(['item 9', 'item 2', 'item 5'], 3)).not.toEqual(before.slice(0, 3));
  });

  it('takes an item that comes several times as once, and passes over those that it does not know', async () => {
    const history = ['item 4', 'item 4', 'nobody knows', 'item 1', 'item 4'];
    expect(await model.next(history, 5)).toEqual(await model.next(['item 4', 'item 1'], 5));
  });

  it('knows of a user without a history what many take', async () => {
    const counts = [...TABLES.counts];
    const expected = await model.next([], ITEMS);
    const taken = expected.map(item => counts[NAMES.indexOf(item)]!);
    expect(taken).toEqual(counts.toSorted((a, b) => b - a));
    expect(await model.next(['nobody knows'], ITEMS)).toEqual(expected);
    expect((await scoresAfter([], [3])).slice(ITEMS)).toEqual(close(await scoresAfter([3])));
  });

  it('gives an item that came after training the scores of its like, and one that is like none the mean', async () => {
    const scores = await scoresAfter([5, 2, 7]);
    const score = async (described?: readonly string[]) => {
      const batch = listOf(['new'], ['item 7', 'item 2', 'item 5']);
      const fresh = await openNextItem(await blendFile());
      const [logit] = await fresh.score({ ...batch, ...(described && { describe: () => described }) });
      await fresh.release();
      return (logit! - clickLogit(0, 0.05, TABLES.settings.click)) / TABLES.settings.click.blend;
    };
    // Items 0 and 6 are described like it in all, and count most of those that share a part.
    const like = await score(DESCRIBED[0]);
    const alike = [...scores.keys()].filter(item => item % 3 === 0 || item % 2 === 0);
    expect(like).toBeGreaterThan(Math.min(...alike.map(item => scores[item]!)));
    expect(like).toBeLessThan(Math.max(...alike.map(item => scores[item]!)));
    expect(await score(DESCRIBED[1])).not.toBeCloseTo(like, 3);
    expect(await score(['unheard of'])).toBeCloseTo(0, 5);
    expect(await score()).toBeCloseTo(0, 5);
  });

  it('is refused with tables of other items, or with a graph that is none', async () => {
    const file = await blendFile();
    await expect(openNextItem({ ...file, items: NAMES.slice(1) })).rejects.toThrow('MODEL_REFUSED');
    await expect(openNextItem({ ...file, model: Buffer.from('none') })).rejects.toThrow('MODEL_REFUSED');
  });
});
