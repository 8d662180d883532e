import type { Part } from '../controls/blend.ts';

/**
 * A history in so many parts, each of which has every so-manieth event, counted from the newest; fewer, where it is
 * shorter.
 */
export function partsOf(history: Int32Array, parts: number): Int32Array[] {
  const count = Math.max(1, Math.min(parts, history.length));
  const newest = history.length - 1;
  return Array.from({ length: count }, (_, part) => history.filter((_, at) => (newest - at) % count === part));
}

/**
 * A voice that is asked once for each part of a history, and says the mean of what it says to them. One event that
 * somebody made a user do, the newest above all, is in one of the parts alone: whatever it makes of that, the others
 * speak as they would without it (aggregation over partitions, as Levine and Feizi, "Deep partition aggregation: provable
 * defenses against general poisoning attacks", ICLR 2021, do with what is learned from).
 *
 * @param parts 1 changes nothing
 */
export function inParts(voice: Part, parts: number): Part {
  return parts === 1 ? voice : overParts(voice, history => partsOf(history, parts));
}

/** The same of parts that are made elsewhere. */
export function overParts({ scorer, scaled }: Part, divide: (history: Int32Array) => readonly Int32Array[]): Part {
  const { items } = scorer;
  return {
    scorer: {
      items,
      score: async (histories, into) => {
        const asked = histories.map(divide);
        const scores = new Float32Array(asked.reduce((sum, { length }) => sum + length, 0) * items);
        await scorer.score(asked.flat(), scores);
        into.fill(0);
        let start = 0;
        for (const [place, { length }] of asked.entries()) {
          const row = into.subarray(place * items, (place + 1) * items);
          for (let part = 0; part < length; part++, start += items) {
            const own = scores.subarray(start, start + items);
            scaled(own);
            for (let item = 0; item < items; item++) row[item]! += own[item]! / length;
          }
        }
      },
    },
    scaled: () => {},
  };
}
