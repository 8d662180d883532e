import { check } from './check.ts';
import type { Graph, Tensor } from './tensor.ts';
import { ordered } from './walk.ts';

/**
 * The graph of everything that the outputs need, and of nothing else.
 *
 * @throws GRAPH_INVALID where the graph breaks a law of check.ts
 */
export function graphOf(outputs: Readonly<Record<string, Tensor>>): Graph {
  const tensors = ordered(Object.values(outputs));
  const graph = { inputs: tensors.filter(tensor => tensor.origin.kind === 'input'), outputs, tensors };
  check(graph);
  return graph;
}
