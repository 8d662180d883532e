import { add, div, logSoftmax, logSumExp, matmul, mul, neg, softplus, sub, sum, swap, where } from '../../functions.ts';
import type { Tensor } from '../../tensor.ts';

/** The score of a place that no item takes. */
const NOBODY = -1e9;

/**
 * Bayesian personalised ranking, -log sigmoid(positive - negative): an item that was chosen above one that was not.
 * Rendle, Freudenthaler, Gantner and Schmidt-Thieme, "BPR: Bayesian personalized ranking from implicit feedback", 2009,
 * section 4.
 *
 * @param positives scores, any shape
 * @param negatives scores of the same shape
 * @returns the same shape, in nats
 */
export function bpr(positives: Tensor, negatives: Tensor): Tensor {
  return softplus(sub(negatives, positives));
}

/**
 * Softmax over a list, -sum(gain log softmax(score)). Where the gains of a list add up to 1 it is the cross-entropy of
 * ListNet's top-one probabilities (Cao, Qin, Liu, Tsai and Li, "Learning to rank: from pairwise approach to listwise
 * approach", 2007, section 4); where one of them is 1, that of choosing this item.
 *
 * @param scores [..., L]
 * @param gains [..., L], 0 or more, and 0 where no item is
 * @param taken bool [..., L]: the places of the list that have an item
 * @returns [...], in nats; 0 for a list without items
 */
export function listwiseSoftmax(scores: Tensor, gains: Tensor, taken: Tensor): Tensor {
  return neg(sum(mul(gains, logSoftmax(where(taken, scores, NOBODY))), [-1]));
}

/**
 * InfoNCE in both directions: row i of `a` finds row i of `b` among all rows of `b`, and the other way round, the mean
 * of the two. Van den Oord, Li and Vinyals, "Representation learning with contrastive predictive coding", 2018,
 * equation 4; both directions as in Radford et al., "Learning transferable visual models from natural language
 * supervision", 2021, figure 3.
 *
 * @param a [N, D], rows of length 1 where the cosine is wanted
 * @param b [N, D]
 * @param temperature by which products are divided: a number, or a scalar that is learned
 * @returns [N], in nats
 */
export function infoNce(a: Tensor, b: Tensor, temperature: number | Tensor): Tensor {
  const logits = div(matmul(a, swap(b)), temperature);
  const own = div(sum(mul(a, b), [1]), temperature);
  const found = sub(logSumExp(logits, [1]), own);
  const foundBack = sub(logSumExp(logits, [0]), own);
  return mul(add(found, foundBack), 0.5);
}
