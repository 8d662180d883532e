import * as f from '../../../../models/graph/functions.ts';
import { type Cases, one, single } from './case.ts';

const wide = { draw: (draws: { normal(): number }) => 3 * draws.normal() };

export const ACTIVATIONS: Cases = {
  Relu: one(f.relu),
  LeakyRelu: one(x => f.leakyRelu(x)),
  'LeakyRelu, an alpha': one(x => f.leakyRelu(x, 0.3)),
  Elu: one(x => f.elu(x)),
  'Elu, an alpha': one(x => f.elu(x, 0.7)),
  Sigmoid: one(f.sigmoid, wide),
  Softplus: one(f.softplus, wide),
  Softsign: one(f.softsign, wide),
  HardSigmoid: one(x => f.hardSigmoid(x), wide),
  'HardSigmoid, alpha and beta': one(x => f.hardSigmoid(x, 0.3, 0.2), wide),
  HardSwish: one(f.hardSwish, wide),
  gelu: one(f.gelu, single),
  'gelu by tanh': one(f.geluTanh),
  silu: one(f.silu),
};
