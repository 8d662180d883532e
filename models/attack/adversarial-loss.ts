import { add, mul } from '../graph/functions.ts';
import type { Tensor } from '../graph/tensor.ts';
import { type IteratedAttack, pgd } from './attacks.ts';

/**
 * The loss that adversarial training minimises: (1 - share) loss(x) + share loss(x + change), the change being what the
 * attack finds against the parameters of this very step (Goodfellow et al., 2015, section 6; with `share` 1 the saddle
 * point problem of Madry et al., 2018, equation 2.1). It is a loss like any other, so the trainer takes it as it is.
 *
 * @param loss a scalar, from the parameters and the batch
 * @param tensors what is attacked: inputs of the batch, or embeddings within the graph, through which gradients go on
 * @param share from 0 to 1
 */
export function adversarialLoss(
  loss: Tensor,
  tensors: readonly Tensor[],
  { share = 0.5, ...attack }: IteratedAttack & { share?: number },
): Tensor {
  const { attackedLoss } = pgd(loss, tensors, attack);
  return add(mul(loss, 1 - share), mul(attackedLoss, share));
}
