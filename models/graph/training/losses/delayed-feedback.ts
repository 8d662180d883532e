import { add, exp, mul, neg, softplus, stopGradient, sub } from '../../functions.ts';
import type { Tensor } from '../../tensor.ts';

/**
 * The loss of conversions that come late, with a delay that is exponentially distributed: -log(p r) + r d for one that
 * came after d, -log(1 - p + p exp(-r e)) for one that has not come within e, with p = sigmoid(z) and r the rate. So
 * what has not come is a negative only as far as it has had time to come. Chapelle, "Modeling delayed feedback in
 * display advertising", KDD 2014, section 4; the second in the form log(1 + exp(z)) - log(1 + exp(z - r e)).
 *
 * @param logits z of converting at all, any shape
 * @param logRates log r, of 1 over the mean delay in the unit of `times`; the same shape
 * @param labels 1 where it has converted, 0 where not; the same shape
 * @param times since the click: d where it has converted, e where not; the same shape
 * @returns the same shape, in nats
 */
export function delayedFeedback(logits: Tensor, logRates: Tensor, labels: Tensor, times: Tensor): Tensor {
  const due = mul(exp(logRates), times);
  const came = add(sub(softplus(neg(logits)), logRates), due);
  const stillOut = sub(softplus(logits), softplus(sub(logits, due)));
  return add(mul(labels, came), mul(sub(1, labels), stillOut));
}

/**
 * Weights for binary cross-entropy on a stream where every click comes at once as a negative, and once more as a
 * positive when it converts: 1 + p for positives, (1 - p)(1 + p) for negatives make the expected loss that of the true
 * labels. Ktena et al., "Addressing delayed feedback for continuous training with neural networks in CTR prediction",
 * RecSys 2019, the fake negative weighted loss.
 *
 * @param labels of the stream, 0 or 1, any shape
 * @param probabilities p of converting, by the model as it stands; taken as constant. The same shape
 */
export function fakeNegativeWeights(labels: Tensor, probabilities: Tensor): Tensor {
  const p = stopGradient(probabilities);
  return mul(add(1, p), sub(1, mul(sub(1, labels), p)));
}
