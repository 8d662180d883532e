/**
 * P(somebody looks at what stands at a position, 0 = top), relative to the top: (1 + position)^-EXPONENT. Position-based
 * model with a power law, as in Joachims, Swaminathan and Schnabel, "Unbiased learning-to-rank with biased feedback"
 * (WSDM 2017), section 6.1, where the exponent is the severity of the bias. `temper features examination` estimates a
 * shop's own from lists in random order (`../examination/estimate.ts`).
 */
export const EXAMINATION_EXPONENT = 0.5;

const TABLE = Float64Array.from({ length: 256 }, (_, position) => (1 + position) ** -EXAMINATION_EXPONENT);

export function examination(position: number): number {
  return TABLE[position] ?? (1 + position) ** -EXAMINATION_EXPONENT;
}
