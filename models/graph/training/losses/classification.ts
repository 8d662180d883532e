import { logSoftmax, mul, neg, oneHot, softplus, sub, sum } from '../../functions.ts';
import { sizeOf } from '../../ops/rules/shapes.ts';
import { isFloat, type Tensor } from '../../tensor.ts';

/**
 * Binary cross-entropy of each logit, -y log p - (1 - y) log(1 - p) with p = sigmoid(z), in the form
 * log(1 + exp(z)) - z y that stays finite for every finite logit.
 *
 * @param logits any shape
 * @param labels the same shape, in [0, 1]
 * @returns the same shape, in nats
 */
export function binaryCrossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return sub(softplus(logits), mul(logits, labels));
}

/**
 * Cross-entropy of a choice among classes, -sum(y log softmax(z)).
 *
 * @param logits [..., C]
 * @param labels whole numbers [...], each the class, below C; or floats [..., C], each row a distribution
 * @returns [...], in nats
 */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const chosen = isFloat(labels) ? labels : oneHot(labels, sizeOf(logits.shape.at(-1)!), logits.dtype);
  return neg(sum(mul(logSoftmax(logits), chosen), [-1]));
}
