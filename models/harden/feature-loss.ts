import { adversarialLoss } from '../attack/adversarial-loss.ts';
import { featureBounds } from '../attack/features/movable.ts';
import type { Norm } from '../attack/norms.ts';
import { graphOf } from '../graph/graph.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Dataset } from '../ranker/dataset/dataset.ts';
import { PORTS } from '../ranker/ranker.ts';

/** How a ranker of features is hardened while it learns. */
export interface FeatureHardening {
  readonly norm: Norm;
  /** In standard deviations of the examples. */
  readonly budget: number;
  /** 1 is FGSM, more are PGD. */
  readonly steps: number;
  /** What the loss under that attack counts beside the loss without, from 0 to 1. */
  readonly share: number;
}

/**
 * The loss to minimise: of the examples as they are, and of those whose features are moved where a fraudster can move
 * them, as far as the budget goes, so that the loss grows the most. Without hardening, the loss itself.
 *
 * @param loss a scalar that has the features of rankers among its inputs
 * @param examples by whose deviations changes are measured
 */
export function hardened(loss: Tensor, examples: Dataset, hardening: FeatureHardening | undefined): Tensor {
  if (!hardening) return loss;
  const features = graphOf({ loss }).inputs.find(
    ({ origin }) => origin.kind === 'input' && origin.name === PORTS.features,
  );
  return adversarialLoss(loss, [features!], { ...hardening, ...featureBounds(examples) });
}
