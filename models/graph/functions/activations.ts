import { apply } from '../apply.ts';
import type { Tensor } from '../tensor.ts';
import { add, div, erf, mul, tanh } from './elementwise.ts';

export const relu = (x: Tensor): Tensor => apply('Relu', [x]);
/** x where it is above 0, alpha x elsewhere. */
export const leakyRelu = (x: Tensor, alpha = 0.01): Tensor => apply('LeakyRelu', [x], { alpha });
/** x where it is above 0, alpha (exp(x) - 1) elsewhere. */
export const elu = (x: Tensor, alpha = 1): Tensor => apply('Elu', [x], { alpha });
export const sigmoid = (x: Tensor): Tensor => apply('Sigmoid', [x]);
export const softplus = (x: Tensor): Tensor => apply('Softplus', [x]);
/** x / (1 + |x|). */
export const softsign = (x: Tensor): Tensor => apply('Softsign', [x]);
/** alpha x + beta, held between 0 and 1. */
export const hardSigmoid = (x: Tensor, alpha = 1 / 6, beta = 0.5): Tensor => apply('HardSigmoid', [x], { alpha, beta });
/** x max(0, min(1, x / 6 + 1/2)) (Howard et al., "Searching for MobileNetV3", 2019, section 5.2). */
export const hardSwish = (x: Tensor): Tensor => apply('HardSwish', [x]);
/** x sigmoid(x). */
export const silu = (x: Tensor): Tensor => mul(x, sigmoid(x));

/**
 * x times the probability that a standard normal draw is below x (Hendrycks and Gimpel, "Gaussian error linear units",
 * 2016), in the form that ONNX Runtime fuses. Not for float64, for which it has no Erf.
 */
export const gelu = (x: Tensor): Tensor => mul(mul(x, add(erf(div(x, Math.SQRT2)), 1)), 0.5);
/** The approximation of gelu by tanh, from the same paper's section 2. */
export const geluTanh = (x: Tensor): Tensor =>
  mul(mul(x, 0.5), add(tanh(mul(add(x, mul(mul(mul(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI))), 1));
