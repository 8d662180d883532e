import type { Part } from '../controls/blend.ts';

/** How a history is looked at. */
export interface Division {
  /** In so many parts, each of which has every so-manieth event; 1 changes nothing. */
  readonly parts: number;
  /** What the whole of it counts beside them, from 0 to 1. */
  readonly whole: number;
}

export const UNDIVIDED: Division = { parts: 1, whole: 1 };

/** What a voice is asked about, and what its answer counts; all that are made of one history count 1 together. */
export interface Asked {
  readonly history: Int32Array;
  readonly weight: number;
}

/** The whole of a history and its parts, counted from the newest event; the whole alone, where it is too short. */
export function divided(history: Int32Array, { parts, whole }: Division): Asked[] {
  if (parts === 1 || history.length < parts) return [{ history, weight: 1 }];
  const newest = history.length - 1;
  const each = Array.from({ length: parts }, (_, part): Asked => {
    return { history: history.filter((_, at) => (newest - at) % parts === part), weight: (1 - whole) / parts };
  });
  return whole > 0 ? [{ history, weight: whole }, ...each] : each;
}

/**
 * A voice that is also asked about parts of a history, and says the mean of its answers. One event that somebody made a
 * user do, the newest above all, is in one of the parts alone: whatever it makes of that, the others speak as they would
 * without it (aggregation over partitions, as Levine and Feizi, "Deep partition aggregation: provable defenses against
 * general poisoning attacks", ICLR 2021, do with what is learned from).
 */
export function inParts(voice: Part, division: Division): Part {
  return division.parts === 1 ? voice : overParts(voice, history => divided(history, division));
}

/** The same of what is made of a history elsewhere. */
export function overParts({ scorer, scaled }: Part, divide: (history: Int32Array) => readonly Asked[]): Part {
  const { items } = scorer;
  return {
    scorer: {
      items,
      score: async (histories, into) => {
        const asked = histories.map(divide);
        const scores = new Float32Array(asked.reduce((sum, { length }) => sum + length, 0) * items);
        await scorer.score(
          asked.flatMap(each => each.map(({ history }) => history)),
          scores,
        );
        into.fill(0);
        let start = 0;
        for (const [place, each] of asked.entries()) {
          const row = into.subarray(place * items, (place + 1) * items);
          for (const { weight } of each) {
            const own = scores.subarray(start, start + items);
            start += items;
            scaled(own);
            for (let item = 0; item < items; item++) row[item]! += weight * own[item]!;
          }
        }
      },
    },
    scaled: () => {},
  };
}
