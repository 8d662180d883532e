import { LIMITS } from '../../../schemas/limits.ts';
import { Modality } from '../../../schemas/topics/vectors.ts';
import type { ActiveVectors } from './active-vectors.ts';
import type { VectorIndex } from './vector-index.ts';

/**
 * Whether a request may be compared with the vectors of a modality: those before it, texts first, and it are together
 * within the limit.
 */
export function isAffordable(
  vectors: { index(modality: Modality): Pick<VectorIndex, 'size' | 'width'> | undefined },
  modality: Modality,
): boolean {
  let numbers = 0;
  for (const each of Modality.options) {
    const index = vectors.index(each);
    numbers += index ? index.size * index.width : 0;
    if (each === modality) break;
  }
  return numbers <= LIMITS.scanned_numbers_per_request;
}

/**
 * The items nearest to the mean vector of some, the k-th of which counts recency^k; items without a vector are passed
 * over.
 *
 * @returns none where none of them has a vector, or there are too many to compare with; the items themselves may be among the nearest
 */
export function nearTo(
  vectors: ActiveVectors,
  modality: Modality,
  items: readonly string[],
  recency: number,
  most: number,
): readonly string[] {
  const index = vectors.index(modality);
  if (!index || index.size === 0 || !isAffordable(vectors, modality)) return [];
  const mean = meanVector(index, items, recency);
  return mean ? index.nearest(mean, most).items : [];
}

/**
 * Of some items those nearest to the mean vector of others, as `nearTo` has it, however many there are of all.
 *
 * @param among items that are compared, those without a vector are passed over
 */
export function nearestAmong(
  vectors: ActiveVectors,
  modality: Modality,
  items: readonly string[],
  { recency, among, most }: { recency: number; among: Iterable<string>; most: number },
): string[] {
  const index = vectors.index(modality);
  const mean = index && meanVector(index, items, recency);
  if (!index || !mean) return [];
  const all = [...among];
  const cosines = index.products(mean, all);
  const known = [...all.keys()].filter(place => !Number.isNaN(cosines[place]));
  known.sort((a, b) => cosines[b]! - cosines[a]!);
  return known.slice(0, most).map(place => all[place]!);
}

function meanVector(index: VectorIndex, items: readonly string[], recency: number): Float32Array | undefined {
  const mean = new Float32Array(index.width);
  let share = 1;
  for (const item of items) {
    const vector = index.get(item);
    if (vector) for (let at = 0; at < mean.length; at++) mean[at]! += share * vector[at]!;
    share *= recency;
  }
  return mean.some(value => value !== 0) ? mean : undefined;
}
