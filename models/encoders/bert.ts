import { TemperError } from '../../schemas/errors.ts';
import { apply } from '../graph/apply.ts';
import * as f from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { constant, type Graph, input, integers, type Tensor } from '../graph/tensor.ts';
import type { EncoderConfig } from './config.ts';
import type { Weight } from './files/weight.ts';
import { pooled } from './pooling.ts';

/**
 * The encoder that config.ts describes, as a graph.
 *
 * Inputs: `input_ids` and `attention_mask` [B, L], int64, the mask 1 at tokens and 0 at padding.
 * Outputs: `token_vectors` [B, L, H] and `vector` [B, H], float32.
 *
 * A layer has as many heads, each of width / heads numbers, as its weights are made for: some may have been pruned.
 * Weights are constants that keep the names and the layout of the checkpoint. Except within attention the tokens of all
 * texts stand in one matrix [B L, H], so that each layer is a Gemm with its bias.
 *
 * @throws MODEL_REFUSED where a weight is missing, GRAPH_INVALID where one does not fit
 */
export function bert(weights: ReadonlyMap<string, Weight>, { layers, heads, epsilon }: Size): Graph {
  const weight = (name: string) => constantOf(weights, name);
  const ids = input('input_ids', 'int64', ['B', 'L']);
  const mask = f.cast(input('attention_mask', 'int64', ['B', 'L']), 'float32');
  const texts = { size: f.shapeOf(ids), bias: f.mul(f.unsqueeze(f.sub(1, mask), [1, 2]), PADDING) };

  const normalised = (x: Tensor, name: string) =>
    apply('LayerNormalization', [x, weight(`${name}.weight`), weight(`${name}.bias`)], { epsilon });
  const linear = (x: Tensor, name: string) =>
    f.gemm(x, weight(`${name}.weight`), { c: weight(`${name}.bias`), transB: true });

  let x = normalised(f.rows(embedded(ids, texts.size, weight)), 'embeddings.LayerNorm');
  const width = Number(x.shape[1]);
  for (let layer = 0; layer < layers; layer++) {
    const at = `encoder.layer.${layer}`;
    const [query, key, value] = ['query', 'key', 'value'].map(name => linear(x, `${at}.attention.self.${name}`));
    const seen = attention({ query: query!, key: key!, value: value! }, width / heads, texts);
    x = normalised(f.add(linear(seen, `${at}.attention.output.dense`), x), `${at}.attention.output.LayerNorm`);
    const inner = f.gelu(linear(x, `${at}.intermediate.dense`));
    x = normalised(f.add(linear(inner, `${at}.output.dense`), x), `${at}.output.LayerNorm`);
  }
  const tokens = f.reshape(x, f.concat([texts.size, integers([width])], 0));
  return graphOf({ token_vectors: tokens, vector: pooled(tokens, mask) });
}

type Size = Pick<EncoderConfig, 'layers' | 'heads' | 'epsilon'>;

/** Added to the scores of padding: its share in a softmax is then 0 in float32. */
const PADDING = -1e4;

function constantOf(weights: ReadonlyMap<string, Weight>, name: string): Tensor {
  const found = weights.get(name);
  if (found) return constant(found.dtype, found.data, found.shape, name);
  throw new TemperError('MODEL_REFUSED', {
    where: 'an encoder',
    expected: `a weight ${name}`,
    got: 'none of that name',
  });
}

/** Ids of tokens [B, L] -> [B, L, H]: word, place in the text, and the one kind of text that there is. */
function embedded(ids: Tensor, size: Tensor, weight: (name: string) => Tensor): Tensor {
  const length = f.slice(size, 0, 1, 2);
  const places = apply('Slice', [
    weight('embeddings.position_embeddings.weight'),
    integers([0]),
    length,
    integers([0]),
  ]);
  const kind = f.gather(weight('embeddings.token_type_embeddings.weight'), integers([0]));
  return f.add(f.gather(weight('embeddings.word_embeddings.weight'), ids), f.add(places, kind));
}

/**
 * Attention of all heads (Vaswani et al., "Attention is all you need", 2017, section 3.2).
 *
 * @param parts [B L, heads * width] each
 * @param width of a head
 * @param texts their size [B, L] as a tensor, and what is added to the scores [B, 1, 1, L]
 * @returns [B L, H]
 */
function attention(
  { query, key, value }: Record<'query' | 'key' | 'value', Tensor>,
  width: number,
  texts: { size: Tensor; bias: Tensor },
): Tensor {
  const heads = Number(query.shape[1]) / width;
  const split = f.concat([texts.size, integers([heads, width])], 0);
  const apart = (x: Tensor, order: readonly number[]) => f.transpose(f.reshape(x, split), order);
  const scores = f.matmul(apart(f.mul(query, 1 / Math.sqrt(width)), [0, 2, 1, 3]), apart(key, [0, 2, 3, 1]));
  const shares = f.softmax(f.add(scores, texts.bias));
  const seen = f.transpose(f.matmul(shares, apart(value, [0, 2, 1, 3])), [0, 2, 1, 3]);
  return f.reshape(seen, [-1, heads * width]);
}
