import { applyAll } from './apply.ts';
import { graphOf } from './graph.ts';
import type { Graph, Node, Tensor } from './tensor.ts';

/**
 * The graph with some of its tensors replaced, and with everything that is computed from them computed again. Each
 * operation is applied anew where one of its inputs changed, so every law of the op table and of check.ts is kept.
 * What nothing leads to any more is gone, as in every graph, but inputs stay.
 *
 * @param replace gives for each tensor what stands in its place, in an order in which each follows what it needs. It
 *   gets the tensor as it was, by which to recognise it, and as it is after all replacements before it, which it
 *   returns or builds upon
 * @throws GRAPH_INVALID where an operation does not take what was put in place of its input
 */
export function rewrite(graph: Graph, replace: (was: Tensor, now: Tensor) => Tensor): Graph {
  const replaced = new Map<Tensor, Tensor>();
  const applied = new Map<Node, readonly Tensor[]>();
  const inPlaceOf = (tensor: Tensor) => replaced.get(tensor) ?? tensor;

  const again = (node: Node): readonly Tensor[] => {
    const found = applied.get(node);
    if (found) return found;
    const inputs = node.inputs.map(inPlaceOf);
    const changed = inputs.some((tensor, place) => tensor !== node.inputs[place]);
    const outputs = changed ? applyAll(node.op, inputs, node.attributes) : node.outputs;
    applied.set(node, outputs);
    return outputs;
  };

  for (const tensor of graph.tensors) {
    const { origin } = tensor;
    const now = origin.kind === 'output' ? again(origin.node)[origin.place]! : tensor;
    replaced.set(tensor, replace(tensor, now));
  }
  return graphOf(
    Object.fromEntries(Object.entries(graph.outputs).map(([name, tensor]) => [name, inPlaceOf(tensor)])),
    graph.inputs.map(inPlaceOf).filter(({ origin }) => origin.kind === 'input'),
  );
}
