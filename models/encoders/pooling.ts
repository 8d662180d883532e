import { TemperError } from '../../schemas/errors.ts';
import { bind } from '../adapt/adapted.ts';
import * as f from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { type Graph, type Tensor, typeOf } from '../graph/tensor.ts';

/** The mean of the vectors of a text's tokens, brought to length 1: [B, L, H] and a mask [B, L] of 0 and 1 -> [B, H]. */
export function pooled(tokens: Tensor, mask: Tensor): Tensor {
  const total = f.sum(f.mul(tokens, f.unsqueeze(mask, [-1])), [1]);
  const mean = f.div(total, f.sum(mask, [1], { keep: true }));
  return f.div(mean, f.sqrt(f.sum(f.mul(mean, mean), [1], { keep: true })));
}

/**
 * A text encoder that another framework exported, with the ports of `bert`: `input_ids` and `attention_mask` in,
 * `vector` out. An output of vectors of tokens, [B, L, H], is pooled; all texts are of the first type.
 *
 * @throws MODEL_REFUSED where it has no such input or output
 */
export function asTextEncoder(graph: Graph, where: string): Graph {
  const port = (name: string) => graph.inputs.find(({ origin }) => origin.kind === 'input' && origin.name === name);
  const [ids, mask, types] = [port('input_ids'), port('attention_mask'), port('token_type_ids')];
  if (!ids || !mask) return refuse(where, 'the inputs input_ids and attention_mask', graph.inputs);
  const { outputs } = types ? bind(graph, { token_type_ids: f.sub(ids, ids) }) : graph;
  if (outputs.vector) return graphOf({ vector: outputs.vector });
  const tokens = Object.values(outputs).find(({ shape, dtype }) => shape.length === 3 && dtype === 'float32');
  if (!tokens) return refuse(where, 'an output of vectors of tokens, float32[B, L, H]', Object.values(outputs));
  return graphOf({ token_vectors: tokens, vector: pooled(tokens, f.cast(mask, 'float32')) });
}

function refuse(where: string, expected: string, got: readonly Tensor[]): never {
  throw new TemperError('MODEL_REFUSED', { where, expected, got: got.map(typeOf).join(', ') });
}
