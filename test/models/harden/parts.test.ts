import { describe, expect, it } from 'vitest';
import { toTop } from '../../../models/controls/blend.ts';
import { eachHistory } from '../../../models/controls/scorer.ts';
import { divided, inParts, UNDIVIDED } from '../../../models/harden/parts.ts';
import fc from '../../properties.ts';

const ITEMS = 40;
const histories = fc.array(fc.nat(ITEMS - 1), { maxLength: 12 }).map(items => Int32Array.from(items));
const HALVES = { parts: 2, whole: 0 };

describe('the parts of a history', () => {
  it('have each event once, in its order, beside the whole', () => {
    const [whole, newest, other] = divided(Int32Array.of(1, 2, 3, 4, 5), { parts: 2, whole: 0.5 });
    expect(whole).toEqual({ history: Int32Array.of(1, 2, 3, 4, 5), weight: 0.5 });
    expect(newest).toEqual({ history: Int32Array.of(1, 3, 5), weight: 0.25 });
    expect(other).toEqual({ history: Int32Array.of(2, 4), weight: 0.25 });
    for (const short of [[], [7]]) {
      expect(divided(Int32Array.from(short), HALVES)).toEqual([{ history: Int32Array.from(short), weight: 1 }]);
    }
  });

  it('stay as they are but for one, whatever a user is made to do next', () => {
    const cases = fc.tuple(histories, fc.nat(ITEMS - 1), fc.integer({ min: 2, max: 4 }));
    fc.assert(
      fc.property(cases, ([history, click, parts]) => {
        fc.pre(history.length >= parts);
        const partsOf = (of: Int32Array) => divided(of, { parts, whole: 0 }).map(each => String(each.history));
        const before = partsOf(history);
        const after = partsOf(Int32Array.of(...history, click));
        expect(after.filter(part => !before.includes(part)).length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('a voice that is asked in parts', () => {
  /** Says of the items behind those of a history that they are next, the longer the history the louder. */
  const scorer = eachHistory(ITEMS, (history, row) => {
    for (const item of history) row[(item + 1) % ITEMS]! += 10 ** history.length;
  });

  it('says the mean of what it says to each, on its own scale', async () => {
    const voice = inParts({ scorer, scaled: toTop }, HALVES);
    const rows = new Float32Array(2 * ITEMS);
    await voice.scorer.score([Int32Array.of(1, 2, 3), Int32Array.of(9)], rows);
    voice.scaled(rows);
    const told = (row: Float32Array) => [...row].flatMap((score, item) => (score > 0 ? [[item, score]] : []));
    expect(told(rows.subarray(0, ITEMS))).toEqual([2, 3, 4].map(item => [item, 0.5]));
    expect(told(rows.subarray(ITEMS))).toEqual([[10, 1]]);
  });

  it('is itself where nothing is divided', () => {
    const voice = { scorer, scaled: toTop };
    expect(inParts(voice, UNDIVIDED)).toEqual(voice);
  });
});
