import { TemperError } from '../../../schemas/errors.ts';
import type { Adapted } from '../../adapt/adapted.ts';
import { lora } from '../../adapt/lora.ts';
import { trainable } from '../../adapt/trainable.ts';
import type { Graph } from '../../graph/tensor.ts';

/** What of an encoder is trained. */
export type Method =
  /** Products of this rank beside the weights of queries and values in all layers (Hu et al. 2021, section 4.2). */
  | { name: 'lora'; rank: number }
  /** All parameters of so many layers, counted from the last. */
  | { name: 'last-layers'; layers: number };

/** As sentence-transformers, DistilBERT and GPT-like models name them. */
const QUERIES_AND_VALUES = /\b(query|value|q_lin|v_lin|q_proj|v_proj)\.weight$/;
const LAYER = /\blayers?\.(\d+)\./;

/** @throws GRAPH_INVALID where the encoder has no such parameters */
export function adapt(graph: Graph, method: Method, seed: number): Adapted {
  switch (method.name) {
    case 'lora':
      return lora(graph, { patterns: [QUERIES_AND_VALUES], rank: method.rank, alpha: 2 * method.rank, seed });
    case 'last-layers':
      return trainable(graph, lastLayers(graph, method.layers));
  }
}

/** How fast each method learns: what begins at zero takes larger steps than what has been trained. */
export const RATES: Record<Method['name'], number> = { lora: 1e-3, 'last-layers': 1e-4 };

function lastLayers(graph: Graph, count: number): RegExp[] {
  const numbers = graph.tensors.flatMap(({ origin }) => {
    const found = origin.kind === 'constant' ? LAYER.exec(origin.name ?? '') : null;
    return found ? [Number(found[1])] : [];
  });
  const layers = [...new Set(numbers)].sort((a, b) => a - b);
  if (layers.length >= count) return layers.slice(-count).map(layer => new RegExp(`\\blayers?\\.${layer}\\.`));
  throw new TemperError('GRAPH_INVALID', {
    where: 'fine-tuning',
    expected: `${count} layers, as numbers in the names of constants`,
    got: String(layers.length),
  });
}
