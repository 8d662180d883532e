import { describe, expect, it } from 'vitest';
import { cutJourneys, type Journeys, requireSoundJourneys } from '../../../models/next-item/journeys.ts';
import { tokensOf } from '../../../models/next-item/tokens.ts';

/** Two users: `user item at` of each event. */
function journeys(events: readonly (readonly [user: number, item: number, at_ms: number])[]): Journeys {
  return {
    items: ['a', 'b', 'c', 'd'],
    described: [[], [], [], []],
    user: Int32Array.from(events, ([user]) => user),
    item: Int32Array.from(events, ([, item]) => item),
    at_ms: Float64Array.from(events, ([, , at_ms]) => at_ms),
  };
}

describe('journeys', () => {
  const all = journeys([
    [0, 0, 1],
    [0, 0, 2],
    [0, 1, 3],
    [0, 2, 11],
    [0, 2, 12],
    [0, 0, 13],
    [0, 3, 15],
    [0, 1, 25],
    [1, 3, 12],
    [1, 1, 14],
  ]);

  it('are cut by time: what is learned, and each later event with the items before it, each once', () => {
    const { items, sequences, later } = cutJourneys(all, { from_ms: 10, until_ms: 20 });
    expect(items).toEqual([0, 1, 2, 3]);
    // The user who came later is not learned from, and his first event has nothing before it.
    expect(sequences).toEqual([Int32Array.of(0, 1)]);
    expect(later.histories).toEqual([[0, 1], [0, 1, 2], [1, 2, 0], [3]].map(each => Int32Array.from(each)));
    expect(later.targets).toEqual(Int32Array.of(2, 0, 3, 1));
  });

  it('know the items that were taken the most before, and pass over the others', () => {
    const { items, sequences, later } = cutJourneys(all, { from_ms: 10, until_ms: 20, most: 1 });
    expect(items).toEqual([0]);
    expect(sequences).toEqual([Int32Array.of(0)]);
    expect(later.targets).toHaveLength(0);
  });

  it.each([
    ['an item that is not there', journeys([[0, 4, 1]]), 'event 0; expected one of 4 items; got 4'],
    [
      'time that runs back',
      journeys([
        [0, 0, 2],
        [0, 0, 1],
      ]),
      'event 1; expected events of a user in the order of time',
    ],
    [
      'a user in two places',
      journeys([
        [0, 0, 1],
        [1, 0, 1],
        [0, 0, 2],
      ]),
      'event 2; expected the events of a user together',
    ],
    ['no description', { ...journeys([]), described: [] }, 'expected 4 descriptions; got 0'],
    ['a column that is shorter', { ...journeys([[0, 0, 1]]), at_ms: new Float64Array(0) }, 'at_ms; expected 1 events'],
  ])('are refused with %s', (_, broken, message) => {
    expect(() => requireSoundJourneys(broken, 'here')).toThrow(message);
  });

  it('are of items with tokens, the most telling first, each word once', () => {
    const product = {
      category: 'lamps',
      brand: '',
      title: 'Red lamp',
      description: 'A red one',
      attributes: { b: 'X', a: 'Y' },
    };
    expect(tokensOf(product)).toEqual(['category lamps', 'a y', 'b x', 'word red', 'word lamp', 'word a', 'word one']);
  });
});
