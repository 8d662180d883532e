import { adversarialLoss } from '../attack/adversarial-loss.ts';
import type { Norm } from '../attack/norms.ts';
import * as f from '../graph/functions.ts';
import type { Tensor } from '../graph/tensor.ts';

/** How a sequence ranker is hardened while it learns; each part that is 0 changes nothing. */
export interface SequenceHardening {
  /**
   * The share of the training that comes before it, as usual: what is to be hardened has to know something first (He et
   * al., "Adversarial personalized ranking for recommendation", SIGIR 2018, section 3.3).
   */
  readonly after: number;
  /**
   * Changes of the vectors of what was taken that raise the loss the most, found at every step; see `vectorUnit` for
   * what the budget is measured in.
   */
  readonly vectors: { readonly norm: Norm; readonly budget: number; readonly steps: number };
  /** What the loss under that attack counts beside the loss without, from 0 to 1. */
  readonly share: number;
  /** The share of the tokens of items that is left out, as where a title is mistyped. */
  readonly tokens: number;
  /** The chance that an item that has nothing to do with the user was taken after an event. */
  readonly strangers: number;
}

/**
 * What the change of a vector is measured in: its own root mean square, so that a budget means the same for a model
 * with long vectors as for one with short ones, and none can escape an attack by growing.
 *
 * @param vectors [B, L, D]
 * @returns [B, L, 1], a constant for gradients
 */
export function vectorUnit(vectors: Tensor, width: number): Tensor {
  return f.stopGradient(f.mul(f.l2Norm(vectors, [2], { keep: true }), 1 / Math.sqrt(width)));
}

/** The loss to minimise: of the events as they are, and of those whose vectors are attacked. */
export function hardenedSequenceLoss(
  loss: Tensor,
  taken: Tensor,
  width: number,
  { vectors, share }: SequenceHardening,
): Tensor {
  if (share === 0 || vectors.budget === 0) return loss;
  return adversarialLoss(loss, [taken], { ...vectors, unit: vectorUnit(taken, width), share });
}
