import { sizeOf } from '../ops/rules/shapes.ts';
import { scalar, type Tensor } from '../tensor.ts';
import { dropout, type Noise } from './dropout.ts';
import { add, mul } from './elementwise.ts';
import { range } from './indexing.ts';
import { reshape, sizeAlong, squeeze, transpose, unsqueeze } from './layout.ts';
import { lessOrEqual, where } from './logic.ts';
import { matmul, swap } from './matrix.ts';
import { softmax } from './reductions.ts';

export interface Attention {
  /** Into how many heads the last dimension is divided; where it is not given, heads are a dimension of their own. */
  heads?: number;
  /** Where a query may look: bool, broadcasting to [..., queries, keys]; or numbers that are added to the scores. */
  mask?: Tensor;
  /** Each query looks at its own place and those before it only. */
  causal?: boolean;
  /** By what the products are multiplied: 1 / sqrt(D) where nothing is said. */
  scale?: number;
  /** The share of weights that are left out in training. */
  dropout?: { rate: number; noise?: Noise };
}

/**
 * softmax(Q K^T scale + mask) V (Vaswani et al., "Attention is all you need", 2017, section 3.2).
 *
 * A query that may look nowhere looks everywhere equally: its output has no meaning, but is finite.
 *
 * @param q [..., queries, D], or [B, queries, heads * D] with heads given; D known
 * @param k [..., keys, D], or [B, keys, heads * D]
 * @param v [..., keys, E], or [B, keys, heads * E]
 * @returns [..., queries, E], or [B, queries, heads * E]
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, { heads, ...options }: Attention = {}): Tensor {
  if (heads === undefined) return attended(q, k, v, options);
  const [queries, keys, values] = [q, k, v].map(each => transpose(reshape(each, [0, 0, heads, -1]), [0, 2, 1, 3]));
  return reshape(transpose(attended(queries!, keys!, values!, options), [0, 2, 1, 3]), [0, 0, -1]);
}

function attended(q: Tensor, k: Tensor, v: Tensor, { mask, causal, scale, dropout: left }: Attention): Tensor {
  const scaled = mul(q, scale ?? 1 / Math.sqrt(sizeOf(q.shape.at(-1)!)));
  const addends = [...(mask ? [addendOf(mask, q)] : []), ...(causal ? [addendOf(upTo(q, k), q)] : [])];
  const weights = softmax(addends.reduce(add, matmul(scaled, swap(k))));
  return matmul(left ? dropout(weights, left.rate, left.noise) : weights, v);
}

/** 0 where a query may look; elsewhere a number that leaves nothing of a weight, and whose double is still finite. */
function addendOf(mask: Tensor, { dtype }: Tensor): Tensor {
  if (mask.dtype !== 'bool') return mask;
  return where(mask, scalar(0, dtype), dtype === 'float16' ? -3e4 : -1e9);
}

/** [queries, keys]: whether a key's place is not after that of the query. */
function upTo(q: Tensor, k: Tensor): Tensor {
  const [row, column] = [q, k].map(each => range(0, squeeze(sizeAlong(each, -2), [0])));
  return lessOrEqual(unsqueeze(column!, [0]), unsqueeze(row!, [1]));
}
