import { type Attributions, meanOf } from '../../../models/explain/attribution.ts';
import { type Group, groupsOf } from '../../../models/explain/groups.ts';
import { FEATURE_NAMES } from '../../../models/features/vector.ts';
import type { Random } from '../../../models/random.ts';

/** How far the score falls, in logits, on the mean over the steps in which one group after the other is taken away. */
export interface Falls {
  attributed: number;
  /** In an order that is drawn, on the mean over draws. */
  drawn: number;
  /** In the order of how far the features are from the mean item's, in their own units: without the model. */
  farthest: number;
}

const GROUPS = groupsOf(FEATURE_NAMES);
const DRAWS = 4;

/**
 * The deletion test (Samek et al., "Evaluating the visualization of what a deep neural network has learned", 2017) on
 * groups: what speaks for an item the most is set to the list's mean item first, then the next, until all is.
 *
 * @param spread of each feature over all rows: its unit
 * @returns of each item of the list
 */
export async function fallsOf(
  rows: readonly Float32Array[],
  { items }: Attributions,
  score: (rows: readonly Float32Array[]) => Promise<Float32Array>,
  spread: Float32Array,
  draws: Random,
): Promise<Falls[]> {
  const mean = meanOf(rows, FEATURE_NAMES.length);
  const orders = rows.flatMap((row, n) => {
    const groups = Object.keys(items[n]!.groups) as Group[];
    const by = (worth: (group: Group) => number) => [...groups].sort((a, b) => worth(b) - worth(a));
    const distance = (group: Group) =>
      GROUPS[group]!.reduce((sum, place) => sum + ((row[place]! - mean[place]!) / spread[place]!) ** 2, 0);
    return [
      by(group => items[n]!.groups[group]!),
      by(distance),
      ...Array.from({ length: DRAWS }, () => shuffled(groups, draws)),
    ].map(order => ({ row, order }));
  });
  const steps = orders.flatMap(({ row, order }) => deleted(row, order, mean));
  const scores = await score([...rows, ...steps]);
  let at = rows.length;
  const falls = orders.map(({ order }, number) => {
    const whole = scores[Math.floor(number / (DRAWS + 2))]!;
    const fall = order.reduce(sum => sum + whole - scores[at++]!, 0);
    return fall / order.length;
  });
  return rows.map((_, n) => {
    const [attributed, farthest, ...drawn] = falls.slice(n * (DRAWS + 2), (n + 1) * (DRAWS + 2));
    return { attributed: attributed!, farthest: farthest!, drawn: drawn.reduce((a, b) => a + b, 0) / DRAWS };
  });
}

/** The row after each step. */
function deleted(row: Float32Array, order: readonly Group[], mean: Float32Array): Float32Array[] {
  const left = row.slice();
  return order.map(group => {
    for (const place of GROUPS[group]!) left[place] = mean[place]!;
    return left.slice();
  });
}

function shuffled<T>(values: readonly T[], draws: Random): T[] {
  return [...draws.shuffle(Int32Array.from(values.keys()))].map(place => values[place]!);
}
