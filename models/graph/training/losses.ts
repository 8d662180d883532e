import { abs, add, exp, log, logSoftmax, mean, mul, neg, relu, sub, sum } from '../functions.ts';
import type { Tensor } from '../tensor.ts';

/**
 * Binary cross-entropy of each logit, -y log p - (1 - y) log(1 - p) with p = sigmoid(z), in the form
 * max(z, 0) - z y + log(1 + exp(-|z|)) that stays finite for every finite logit.
 *
 * @param logits any shape
 * @param labels the same shape, in [0, 1]
 * @returns the same shape, in nats
 */
export function binaryCrossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const confidence = log(add(exp(neg(abs(logits))), 1));
  return add(sub(relu(logits), mul(logits, labels)), confidence);
}

/**
 * Cross-entropy of a choice among classes, -sum(y log softmax(z)).
 *
 * @param logits [..., C]
 * @param labels [..., C], each row a distribution, such as a one-hot vector
 * @returns [...], in nats
 */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return neg(sum(mul(logSoftmax(logits), labels), [-1]));
}

/** The mean of losses, each counted with its weight; weights are around 1 and both have one shape. */
export function weightedMean(losses: Tensor, weights: Tensor): Tensor {
  return mean(mul(losses, weights));
}
