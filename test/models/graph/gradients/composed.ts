import * as f from '../../../../models/graph/functions.ts';
import { gradients } from '../../../../models/graph/gradients.ts';
import { type Cases, one } from './case.ts';

/** Functions of several operations, and gradients as functions. */
export const COMPOSED: Cases = {
  'a gradient of a gradient': one(x => gradients(f.sum(f.mul(f.tanh(x), f.exp(x))), [x])[0]!),
};
