import type { GateName } from '../../../schemas/policies/gate-policy.ts';
import { calibration } from './calibration.ts';
import { consistency } from './consistency.ts';
import { data } from './data.ts';
import { finite } from './finite.ts';
import type { Gate } from './gate.ts';
import { offPolicy } from './off-policy.ts';
import { parity } from './parity.ts';
import { quality } from './quality.ts';
import { robustness } from './robustness.ts';
import { serving } from './serving.ts';
import { slices } from './slices.ts';
import { variety } from './variety.ts';

/** Every gate by its name in the policy, in the order in which a verdict tells them. */
export const GATES: { readonly [Name in GateName]: Gate<Name> } = {
  data,
  finite,
  quality,
  slices,
  calibration,
  off_policy: offPolicy,
  robustness,
  variety,
  consistency,
  parity,
  serving,
};
