import { rewrite } from '../rewrite.ts';
import type { Graph, Tensor } from '../tensor.ts';
import { folded } from './fold.ts';
import { plainer } from './identities.ts';
import { merger } from './merge.ts';

/**
 * A graph that computes the same from the same inputs with fewer operations: what depends on constants alone is
 * computed once, here; what changes nothing is left out; what is computed twice is computed once. Numbers stay as they
 * are bit by bit, but for the sign of a zero to which 0 was added.
 *
 * ONNX Runtime does much of this when it opens a session. It knows no symbolic sizes, though, so what exporters write to
 * put shapes together stays in its graphs; and smaller graphs are read, differentiated and opened sooner.
 *
 * @throws GRAPH_INVALID where what depends on constants alone cannot be computed
 */
export async function simplify(graph: Graph): Promise<Graph> {
  const merged = merger();
  const step = (_: Tensor, now: Tensor) => merged(plainer(now));
  return folded(rewrite(await folded(graph), step));
}
