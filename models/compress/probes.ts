import { type Value, value } from '../graph/runtime.ts';
import { type Dtype, dataOf, type Graph, isFloat, type Tensor } from '../graph/tensor.ts';
import { nodesOf } from '../graph/walk.ts';
import { random } from '../random.ts';

/** The size of a dimension that is known only when a graph runs, other than that of the rows. */
const LENGTH = 16;

/**
 * Made-up inputs on which a model and its compressed form can be compared where no data are at hand: floats from the
 * standard normal distribution, rows of the tables that whole numbers choose from, and 1 for all else, as in masks. Real
 * inputs say more.
 *
 * @param rows what the first dimension is, where it is symbolic
 */
export function probesOf(graph: Graph, rows: number, seed = 1): Record<string, Value> {
  const draws = random(seed);
  const batch = graph.inputs.find(({ shape }) => typeof shape[0] === 'string')?.shape[0];
  return Object.fromEntries(
    graph.inputs.map(tensor => {
      const dims = tensor.shape.map(dim => (typeof dim === 'number' ? dim : dim === batch ? rows : LENGTH));
      const choices = choicesOf(graph, tensor);
      const draw = () => (isFloat(tensor) ? draws.normal() : choices ? draws.below(choices) : 1);
      const numbers = Array.from({ length: dims.reduce((a, b) => a * b, 1) }, draw);
      return [nameOf(tensor), value(tensor.dtype as Dtype, dataOf(tensor.dtype, numbers), dims)];
    }),
  );
}

/** How many rows the smallest table has from which an input chooses. */
function choicesOf(graph: Graph, tensor: Tensor): number | undefined {
  const sizes = nodesOf(graph.tensors).flatMap(({ op, inputs, attributes }) =>
    op === 'Gather' && inputs[1] === tensor ? Number(inputs[0]!.shape.at(Number(attributes.axis ?? 0))) : [],
  );
  return sizes.length === 0 ? undefined : Math.min(...sizes);
}

function nameOf({ origin }: Tensor): string {
  return origin.kind === 'input' ? origin.name : '';
}
