import * as f from '../graph/functions.ts';
import { rewrite } from '../graph/rewrite.ts';
import type { Graph } from '../graph/tensor.ts';
import { random } from '../random.ts';
import { type Adapted, Added, matching } from './adapted.ts';
import { productOf } from './product.ts';

export interface LoraOptions {
  /** Of the names of weights: constants that a MatMul or a Gemm multiplies by. */
  patterns: readonly RegExp[];
  rank: number;
  /** The product is scaled by alpha / rank, so that another rank needs no other learning rate. */
  alpha?: number;
  seed: number;
}

/** What the names of the two factors of a weight's product add to its own. */
export const FACTORS = { a: '.lora.a', b: '.lora.b' } as const;

/**
 * Adds a product of two narrow matrices to each matching weight W [in, out] and freezes everything else:
 * x W becomes x W + alpha / rank (x A) B, with A [in, rank] normal and B [rank, out] zero, so that training begins at
 * what the graph computed before (Hu et al., "LoRA: low-rank adaptation of large language models", 2021, section 4.1).
 * `merge` takes the product into W when training is over.
 *
 * @throws GRAPH_INVALID where no MatMul or Gemm multiplies by a constant of such a name
 */
export function lora(graph: Graph, { patterns, rank, alpha = rank, seed }: LoraOptions): Adapted {
  const draws = random(seed);
  const added = new Added();
  const adapted = rewrite(graph, (was, now) => {
    const weight = productOf(was)?.weight;
    const name = weight && matching(weight, patterns);
    const product = productOf(now);
    if (name === undefined || !product) return now;
    const { x, from, to } = product;
    const a = added.drawn(`${name}${FACTORS.a}`, [from, rank], () => draws.normal() / Math.sqrt(from));
    const b = added.drawn(`${name}${FACTORS.b}`, [rank, to], () => 0);
    return f.add(now, f.matmul(f.mul(f.matmul(x, a), alpha / rank), b));
  });
  return added.to(adapted, patterns, 'the weight of a MatMul or Gemm');
}
