import type { FeatureHardening } from './feature-loss.ts';
import { LOCKSTEP, type LockstepOptions } from './lockstep.ts';
import type { Division } from './parts.ts';
import type { SequenceHardening } from './sequence-loss.ts';

/** How a ranker that learns from what users did is hardened. */
export interface BlendHardening {
  /** Whom it learns nothing from. */
  readonly lockstep: LockstepOptions;
  /** How its networks look at what a user did; see `inParts`. */
  readonly division: Division;
  /** How its networks learn; as usual, where it is not given. */
  readonly rankers?: SequenceHardening;
}

/**
 * What a retraining does that is asked to harden: what earned its place on validation parts, at no cost that shows; see
 * docs/quality.md, Robustness.
 */
export const HARDENING: { readonly features: FeatureHardening; readonly blend: BlendHardening } = {
  features: { norm: 'linf', budget: 0.25, steps: 1, share: 0.5 },
  blend: { lockstep: LOCKSTEP, division: { parts: 2, whole: 0.5 } },
};
