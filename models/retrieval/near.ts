import type { Modality } from '../../schemas/vectors.ts';
import type { ActiveVectors } from './active-vectors.ts';

/**
 * The items nearest to the mean vector of some, the k-th of which counts recency^k; items without a vector are passed
 * over.
 *
 * @returns none where none of them has a vector; the items themselves may be among the nearest
 */
export function nearTo(
  vectors: ActiveVectors,
  modality: Modality,
  items: readonly string[],
  recency: number,
  most: number,
): readonly string[] {
  const index = vectors.index(modality);
  if (!index || index.size === 0) return [];
  const mean = new Float32Array(index.width);
  let share = 1;
  for (const item of items) {
    const vector = index.get(item);
    if (vector) for (let at = 0; at < mean.length; at++) mean[at]! += share * vector[at]!;
    share *= recency;
  }
  return mean.some(value => value !== 0) ? index.nearest(mean, most).items : [];
}
