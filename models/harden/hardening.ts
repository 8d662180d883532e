import type { FeatureHardening } from './feature-loss.ts';
import type { SequenceHardening } from './sequence-loss.ts';

/** How rankers are hardened, by what they read: chosen by validation parts; see docs/quality.md, Robustness. */
export const HARDENING: { readonly features: FeatureHardening; readonly sequence: SequenceHardening } = {
  features: { norm: 'linf', budget: 0.25, steps: 1, share: 0.5 },
  sequence: { after: 0.5, vectors: { norm: 'linf', budget: 0.25, steps: 1 }, share: 0.5, tokens: 0.3, strangers: 0.15 },
};
