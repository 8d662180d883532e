/**
 * An encoder of texts: BERT (Devlin et al. 2019, https://arxiv.org/abs/1810.04805), made into one vector a text as
 * Sentence-BERT does (Reimers and Gurevych 2019, https://arxiv.org/abs/1908.10084).
 *
 * For the tokens of a text at positions 0, 1, 2, ... (XLM-R's own offset of 2 does not apply: multilingual-e5 has its
 * vocabulary, but BERT's positions), all of type 0:
 *
 * 1. x = LayerNorm(word + position + type).
 * 2. Each layer: x = LayerNorm(x + attention(x)), then x = LayerNorm(x + dense(gelu(dense(x)))). Attention has `heads`
 *    heads of `width / heads` numbers, scaled by 1 / sqrt(width / heads), and sees only tokens whose mask is 1. Gelu
 *    is the exact one, x/2 (1 + erf(x / sqrt 2)).
 * 3. The vector is the mean of x over the tokens whose mask is 1, divided by its L2 norm.
 *
 * Every LayerNorm is over the width, with `epsilon` inside the root. `dense` is x W' + b: weights are `[out, in]`.
 */
export interface EncoderConfig {
  layers: number;
  width: number;
  heads: number;
  /** Width of the hidden part of a layer's feed-forward network. */
  inner: number;
  epsilon: number;
  /** Rows of the word table; a tokenizer may use fewer. */
  vocabulary: number;
  /** Rows of the position table: the most tokens that a text can have. */
  positions: number;
  types: number;
  /** The most tokens, first and last included, of the texts that it was trained on. */
  maxTokens: number;
  /** What the caller puts before a text, as in training. */
  prefixes: { query: string; passage: string };
}

const MINI = { width: 384, heads: 12, inner: 1_536, epsilon: 1e-12, positions: 512, types: 2 };

export const ENCODERS = {
  'all-minilm-l6-v2': {
    ...MINI,
    layers: 6,
    vocabulary: 30_522,
    maxTokens: 256,
    prefixes: { query: '', passage: '' },
  },
  'multilingual-e5-small': {
    ...MINI,
    layers: 12,
    vocabulary: 250_037,
    maxTokens: 512,
    prefixes: { query: 'query: ', passage: 'passage: ' },
  },
} as const satisfies Record<string, EncoderConfig>;

/** What decides the shapes of the parameters. */
export type EncoderSize = Pick<EncoderConfig, 'layers' | 'width' | 'inner' | 'vocabulary' | 'positions' | 'types'>;

/**
 * The parameters that the steps above need, each with its shape, by the names of Hugging Face's BertModel. A file may
 * hold more: all-MiniLM-L6-v2's also has `embeddings.position_ids` and a `pooler` that the mean does without.
 */
export function encoderShapes(size: EncoderSize): ReadonlyMap<string, readonly number[]> {
  const { layers, width, inner, vocabulary, positions, types } = size;
  const dense = (name: string, out: number, from: number): [string, number[]][] => [
    [`${name}.weight`, [out, from]],
    [`${name}.bias`, [out]],
  ];
  const norm = (name: string): [string, number[]][] => [
    [`${name}.LayerNorm.weight`, [width]],
    [`${name}.LayerNorm.bias`, [width]],
  ];
  return new Map<string, readonly number[]>([
    ['embeddings.word_embeddings.weight', [vocabulary, width]],
    ['embeddings.position_embeddings.weight', [positions, width]],
    ['embeddings.token_type_embeddings.weight', [types, width]],
    ...norm('embeddings'),
    ...Array.from({ length: layers }, (_, layer) => `encoder.layer.${layer}`).flatMap(layer => [
      ...dense(`${layer}.attention.self.query`, width, width),
      ...dense(`${layer}.attention.self.key`, width, width),
      ...dense(`${layer}.attention.self.value`, width, width),
      ...dense(`${layer}.attention.output.dense`, width, width),
      ...norm(`${layer}.attention.output`),
      ...dense(`${layer}.intermediate.dense`, inner, width),
      ...dense(`${layer}.output.dense`, width, inner),
      ...norm(`${layer}.output`),
    ]),
  ]);
}
