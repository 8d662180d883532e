import { rewrite } from '../graph/rewrite.ts';
import type { Graph } from '../graph/tensor.ts';
import { type Adapted, Added, matching } from './adapted.ts';

/**
 * Makes parameters of the float32 constants whose names match one of the patterns, and so freezes all others.
 *
 * @throws GRAPH_INVALID where there is no such constant
 */
export function trainable(graph: Graph, patterns: readonly RegExp[]): Adapted {
  const added = new Added();
  const adapted = rewrite(graph, (was, now) => {
    const name = matching(was, patterns);
    return name === undefined ? now : added.inPlaceOf(name, was);
  });
  return added.to(adapted, patterns, 'a float32 constant');
}
