import * as f from '../graph/functions.ts';
import { rewrite } from '../graph/rewrite.ts';
import { type Graph, type Tensor, typeOf } from '../graph/tensor.ts';
import { graphError } from '../graph/walk.ts';
import { random } from '../random.ts';
import { type Adapted, Added, matching } from './adapted.ts';

export interface AdapterOptions {
  /**
   * Of the names of constants: an adapter follows each operation that takes one, so the bias of a layer puts it behind
   * the layer, and that of a normalisation behind the normalisation.
   */
  patterns: readonly RegExp[];
  /** Of the bottleneck. */
  width: number;
  seed: number;
}

/**
 * Puts a bottleneck behind matching operations and freezes everything else: y [..., H] becomes
 * y + relu(y D + d) U + u, with D [H, width] normal and the rest zero, so that training begins at what the graph
 * computed before (Houlsby et al., "Parameter-efficient transfer learning for NLP", 2019, section 2.1; behind the
 * feed-forward layer alone it is Pfeiffer et al., "AdapterFusion", 2021, section 3).
 *
 * @throws GRAPH_INVALID where no operation takes a constant of such a name, or one's output has a last dimension that
 *   is not known
 */
export function adapters(graph: Graph, { patterns, width, seed }: AdapterOptions): Adapted {
  const draws = random(seed);
  const added = new Added();
  const adapted = rewrite(graph, (was, now) => {
    const name = takenName(was, patterns);
    if (name === undefined) return now;
    const size = widthOf(now);
    const matrix = (part: string, shape: [number, number], draw: () => number) =>
      added.drawn(`${name}.adapter.${part}`, shape, draw);
    const vector = (part: string, length: number) => added.drawn(`${name}.adapter.${part}`, [length], () => 0);
    const down = f.add(
      f.matmul(
        now,
        matrix('down', [size, width], () => draws.normal() / Math.sqrt(size)),
      ),
      vector('down_bias', width),
    );
    return f.add(
      now,
      f.add(
        f.matmul(
          f.relu(down),
          matrix('up', [width, size], () => 0),
        ),
        vector('up_bias', size),
      ),
    );
  });
  return added.to(adapted, patterns, 'a constant that an operation takes');
}

/** The name of a matching constant among what a tensor's operation takes; only its first output is looked at. */
function takenName({ origin }: Tensor, patterns: readonly RegExp[]): string | undefined {
  if (origin.kind !== 'output' || origin.place > 0) return undefined;
  return origin.node.inputs.flatMap(each => matching(each, patterns) ?? [])[0];
}

function widthOf(tensor: Tensor): number {
  const width = tensor.shape.at(-1);
  if (typeof width === 'number') return width;
  throw graphError('an adapter', [tensor], { expected: 'a last dimension of known size', got: typeOf(tensor) });
}
