import { value } from '../graph/runtime.ts';
import type { Graph } from '../graph/tensor.ts';
import { PORTS } from '../ranker/ranker.ts';
import { openExplainer } from './explainer.ts';
import { type Group, groupsOf, toldGroups } from './groups.ts';

/** Why an item has its score: baseline + sum of the groups = score, within `error`. */
export interface Attribution {
  score: number;
  groups: Partial<Record<Group, number>>;
  error: number;
}

export interface Attributions {
  /** The score of the list's mean item, from which all attributions start. */
  baseline: number;
  /** Of each item. */
  items: Attribution[];
}

/** In logits: half a percent of the odds of a click. Where float32 rounds in hundreds of parts, less can't be had. */
const ACCURACY = { tolerance: 5e-3, mostPoints: 6_000 };

/**
 * Integrated gradients from the list's mean item to each item, so that what all candidates of a user have in common
 * explains nothing, as it should.
 *
 * @param graph a ranker that sees features alone and can be differentiated
 * @param rows of each item, [F]
 * @throws NOT_CONVERGED; GRAPH_INVALID where there is no gradient, as in a ranker of 8 bits
 */
export async function attributed(
  graph: Graph,
  features: readonly string[],
  rows: readonly Float32Array[],
): Promise<Attributions> {
  const width = features.length;
  const matrix = new Float32Array(rows.length * width);
  for (const [n, row] of rows.entries()) matrix.set(row, n * width);
  const way = { baseline: meanOf(rows, width), groups: groupsOf(features) };
  const inputs = { [PORTS.features]: way };
  const explainer = await openExplainer(graph, { inputs, output: PORTS.score, ...ACCURACY });
  try {
    const explained = await explainer.explain({ [PORTS.features]: value('float32', matrix, [rows.length, width]) });
    const items = explained.map(({ score, groups, error }, n) => {
      return { score, groups: toldGroups(groups, features, rows[n]!), error };
    });
    return { baseline: explained[0]!.baselineScore, items };
  } finally {
    await explainer.release();
  }
}

/** Of scores that are one thing alone, such as popularity: all that sets them apart is that. */
export function attributedTo(group: Group, scores: readonly number[]): Attributions {
  const baseline = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return { baseline, items: scores.map(score => ({ score, groups: { [group]: score - baseline }, error: 0 })) };
}

export function meanOf(rows: readonly Float32Array[], width: number): Float32Array {
  const mean = new Float32Array(width);
  for (const row of rows) for (let k = 0; k < width; k++) mean[k]! += row[k]! / rows.length;
  return mean;
}
