import { check } from './check.ts';
import type { Graph, Tensor } from './tensor.ts';
import { ordered } from './walk.ts';

/**
 * The graph of everything that the outputs need, and of nothing else.
 *
 * @param inputs where their order counts, as in the body of a Scan; one that no output needs is an input all the same
 * @throws GRAPH_INVALID where the graph breaks a law of check.ts
 */
export function graphOf(outputs: Readonly<Record<string, Tensor>>, inputs: readonly Tensor[] = []): Graph {
  const tensors = ordered([...inputs, ...Object.values(outputs)]);
  const graph = { inputs: tensors.filter(tensor => tensor.origin.kind === 'input'), outputs, tensors };
  check(graph);
  return graph;
}
