import * as f from '../../../../models/graph/functions.ts';
import { gradients } from '../../../../models/graph/gradients.ts';
import type { Tensor } from '../../../../models/graph/tensor.ts';
import { type Case, type Cases, given, one, positive, single, two, whole } from './case.ts';

const noise = () => f.noiseOf(5, whole([3]), 512);

/** ONNX Runtime merges the scale of the scores into their product, as a float32. */
const merged = { tolerance: 1e-7 };

/** Sums of products whose letters have the sizes of one table. */
function sums(equation: string, kind = {}): Case {
  const sizes: Record<string, number | string> = { b: 'N', h: 2, i: 3, j: 4, k: 2, l: 'M', n: 3 };
  const shapes = equation
    .split('->')[0]!
    .split(',')
    .map(labels => [...labels].map(label => sizes[label]!));
  return given(shapes, (...operands) => f.einsum(equation, ...operands.slice(0, shapes.length)), kind);
}

/** The first derivative as a function, so that its own derivative is the second. */
const second = (of: (x: Tensor) => Tensor) => (x: Tensor) => gradients(f.sum(f.exp(of(x))), [x])[0]!;

/** Functions of several operations, and gradients as functions. */
export const COMPOSED: Cases = {
  attention: given(
    [
      ['N', 4, 3],
      ['N', 5, 3],
      ['N', 5, 2],
    ],
    (q, k, v) => f.attention(q, k, v),
    merged,
  ),
  'attention, causal, with symbolic lengths': given(
    [
      [2, 'N', 3],
      [2, 'M', 3],
      [2, 'M', 3],
    ],
    (q, k, v) => f.attention(q, k, v, { causal: true, scale: 0.3 }),
    merged,
  ),
  'attention, heads, a mask and dropout': given(
    [
      ['N', 3, 6],
      ['N', 4, 6],
      ['N', 4, 4],
    ],
    (q, k, v) =>
      f.attention(q, k, v, {
        heads: 2,
        mask: f.greater(whole([1, 0, 1, 1], [1, 1, 1, 4]), whole([0])),
        dropout: { rate: 0.3, noise: noise() },
      }),
    merged,
  ),
  'attention, a mask of numbers': given(
    [
      ['N', 3, 2],
      ['N', 4, 2],
      ['N', 4, 2],
      [3, 4],
    ],
    (q, k, v, mask) => f.attention(q, k, v, { mask }),
    merged,
  ),
  dropout: one(x => f.dropout(f.exp(x), 0.4, noise())),
  'einsum, batches of products': sums('bij,bjk->bik'),
  'einsum, scores of heads': sums('bhij,bhlj->bhil'),
  'einsum, from heads': sums('bhil,bhlj->bihj'),
  'einsum, symbols that are summed over': sums('bi,bl,ln->in'),
  'einsum, three operands': sums('bi,ij,bj->b'),
  'einsum, an outer product': sums('i,l->li'),
  'einsum, elementwise': sums('bi,bi->ib'),
  'einsum, a diagonal': sums('bibj->jb'),
  'einsum, a trace': sums('bb'),
  'einsum, two summed letters': sums('bij,nij->bn'),
  'einsum, no arrow': sums('ji,ik'),
  'einsum, a sum of all': sums('bij->'),
  'a second derivative of Exp': one(second(f.exp)),
  'a second derivative of Pow': one(
    second(x => f.pow(x, 2.5)),
    positive,
  ),
  'a second derivative of Sigmoid': one(second(f.sigmoid)),
  'a second derivative of gelu': one(second(f.gelu), single),
  'a second derivative of Div': two((a, b) => gradients(f.sum(f.div(f.exp(a), b)), [b])[0]!, positive),
  'a second derivative of MatMul and Softmax': given(
    [
      ['N', 3],
      [3, 4],
    ],
    (a, b) => gradients(f.sum(f.exp(f.softmax(f.matmul(a, b)))), [b])[0]!,
  ),
  'a second derivative of Gather': given(
    [[4, 'N']],
    second(x => f.gather(x, whole([1, 0, 1]))),
  ),
  'a second derivative of Slice and Pad': given(
    [['N', 4]],
    second(x => f.pad(f.slice(x, 1, 3, 0, -1), [1, 0], [0, 2])),
  ),
  'a second derivative of ReduceLogSumExp': given(
    [['N', 4]],
    second(x => f.logSumExp(x, [1])),
  ),
  'a gradient of a gradient of a gradient': one(x => {
    const first = gradients(f.sum(f.sin(f.mul(x, x))), [x])[0]!;
    return gradients(f.sum(f.mul(first, first)), [x])[0]!;
  }),
};
