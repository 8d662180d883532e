import { TemperError } from '../../schemas/errors.ts';
import { graphOf } from '../graph/graph.ts';
import type { Graph, Tensor } from '../graph/tensor.ts';
import { type IteratedAttack, pgd } from './attacks.ts';

/**
 * The graph of an attack on a graph: its inputs are those of the graph, its outputs `adversarial.<input>` for each of
 * the attacked inputs, `loss` as it was, and `attacked_loss`, the loss at the perturbed inputs.
 *
 * @param graph with a scalar output, the loss, to which each row contributes on its own
 * @throws INPUT_INVALID where the graph has no such output or input; GRAPH_INVALID where it cannot be differentiated
 */
export function attackGraph(graph: Graph, target: { loss: string; inputs: readonly string[] }, attack: IteratedAttack) {
  const loss = found(graph.outputs[target.loss], `output ${target.loss}`);
  const inputs = target.inputs.map(name => found(inputNamed(graph, name), `input ${name}`));
  const { adversarial, attackedLoss } = pgd(loss, inputs, attack);
  const perturbed = target.inputs.map((name, place) => [`adversarial.${name}`, adversarial[place]!]);
  return graphOf({ ...Object.fromEntries(perturbed), loss, attacked_loss: attackedLoss });
}

function inputNamed(graph: Graph, name: string): Tensor | undefined {
  return graph.inputs.find(({ origin }) => origin.kind === 'input' && origin.name === name);
}

function found(tensor: Tensor | undefined, where: string): Tensor {
  if (tensor) return tensor;
  throw new TemperError('INPUT_INVALID', { where: 'an attack', expected: `a graph with the ${where}`, got: 'none' });
}
