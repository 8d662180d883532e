import { numbersOf } from '../../../models/adapt/adapted.ts';
import { productOf } from '../../../models/adapt/product.ts';
import { agreement } from '../../../models/evaluate/agreement.ts';
import type { Attributions } from '../../../models/explain/attribution.ts';
import { rewrite } from '../../../models/graph/rewrite.ts';
import { constant, type Graph } from '../../../models/graph/tensor.ts';
import { random } from '../../../models/random.ts';

/**
 * A perceptron whose last layers have lost what they learned: each one's weights are shuffled, so that they are as large as
 * before (Adebayo et al., "Sanity checks for saliency maps", 2018, section 3.1: cascading randomisation).
 *
 * @param layers how many, counted from the output
 */
export function forgetful(graph: Graph, layers: number, seed: number): Graph {
  const weights = graph.tensors.flatMap(tensor => productOf(tensor)?.weight ?? []);
  const lost = new Set(weights.slice(weights.length - layers));
  return rewrite(graph, (was, now) => {
    if (!lost.has(was)) return now;
    const numbers = numbersOf(was);
    const order = random(seed, weights.indexOf(was)).shuffle(Int32Array.from(numbers.keys()));
    return constant(
      'float32',
      Float32Array.from(order, place => numbers[place]!),
      was.shape.map(Number),
    );
  });
}

export function layersOf(graph: Graph): number {
  return graph.tensors.filter(tensor => productOf(tensor)).length;
}

/** How alike two explanations of each item are: Kendall's correlation of what the groups add. */
export function alike(one: Attributions, other: Attributions): number[] {
  return one.items.flatMap(({ groups }, n) => {
    const names = Object.keys(groups) as (keyof typeof groups)[];
    const [a, b] = [groups, other.items[n]!.groups].map(of => Float32Array.from(names, name => of[name] ?? 0));
    return agreement(a!, b!, names.length).kendall ?? [];
  });
}
