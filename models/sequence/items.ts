import type { Contents } from '../controls/contents.ts';
import * as f from '../graph/functions.ts';
import { constant, type Tensor } from '../graph/tensor.ts';
import type { ParameterShapes, Parameters } from '../graph/training/parameters.ts';

/** What is learned of items: a vector for each, and one for each token that describes them. */
export function itemShapes(items: number, width: number, contents?: Contents): ParameterShapes {
  return { items: [items, width], ...(contents && { tokens: [contents.vocabulary.length, width] }) };
}

/**
 * The vectors of items: what is learned of the item itself, plus what is learned of its tokens, so that items which few
 * took lean on what they have in common with others (Kula, "Metadata embeddings for user and item cold-start
 * recommendations", 2015).
 *
 * @param ids [U]
 * @param learned those of `itemShapes`
 * @param thinned what training does to the weights of tokens
 * @returns [U, D]
 */
export function itemVectors(
  ids: Tensor,
  learned: Parameters,
  contents?: Contents,
  thinned: (weights: Tensor) => Tensor = weights => weights,
): Tensor {
  const own = f.gather(learned.items!, ids);
  if (!contents) return own;
  const { tokens, shares, most } = contents;
  const items = tokens.length / most;
  const described = f.gather(learned.tokens!, f.gather(constant('int32', tokens, [items, most]), ids));
  const weights = thinned(f.gather(constant('float32', shares, [items, 1, most]), ids));
  return f.add(own, f.squeeze(f.matmul(weights, described), [1]));
}
