import { type Dataset, listsOf } from '../../ranker/dataset/dataset.ts';
import { coverage, diversity, exposureGini, type Lists } from '../beyond-accuracy.ts';
import { descending } from '../metrics.ts';

/** What the first places of lists are like; null where a figure has no meaning. */
export interface VarietyFigures {
  /** Of the items that were shown, the share that stands on a first place somewhere. */
  coverage: number | null;
  /** How unlike the items of one list are, by the texts of their products; null where these have no vectors. */
  diversity: number | null;
  exposure_gini: number | null;
}

export type Variety = Record<'candidate' | 'champion', VarietyFigures>;

/** A list's order can only be told from its tops: below, everything that was shown is there again. */
export const PLACES = 3;

/**
 * What both rankers would put on the first places of what users saw.
 *
 * @param scores of each row; not finite ones go last
 */
export function varietyOf(dataset: Dataset, scores: Readonly<Record<'candidate' | 'champion', Float32Array>>): Variety {
  const shown = new Map<number, number>();
  for (const item of dataset.item) if (!shown.has(item)) shown.set(item, shown.size);
  const figures = (of: Float32Array): VarietyFigures => {
    const tops = topsOf(dataset, of);
    const lists: Lists = tops.map(items => items.map(item => shown.get(item)!));
    const text = dataset.contents.text;
    return {
      coverage: coverage(lists, shown.size),
      diversity: text ? diversity(tops, (a, b) => cosine(text, a, b)) : null,
      exposure_gini: exposureGini(lists, shown.size),
    };
  };
  return { candidate: figures(scores.candidate), champion: figures(scores.champion) };
}

/** The items that scores put on the first places of each list that has more. */
export function topsOf(dataset: Dataset, scores: Float32Array): number[][] {
  return [...listsOf(dataset)]
    .filter(([start, end]) => end - start > PLACES)
    .map(([start, end]) => {
      const order = descending(scores.subarray(start, end)).subarray(0, PLACES);
      return Array.from(order, place => dataset.item[start + place]!);
    });
}

/** Vectors have length 1; an item without one is like nothing. */
function cosine({ vectors, width }: { vectors: Float32Array; width: number }, a: number, b: number): number {
  let sum = 0;
  for (let k = 0; k < width; k++) sum += vectors[a * width + k]! * vectors[b * width + k]!;
  return sum;
}
