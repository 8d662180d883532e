import { tasteOf } from '../../features/taste.ts';
import { askerOf, featureVector, vectorAt } from '../../features/vector.ts';

/** The vector of an unknown item for an unknown user: what features are while nothing reaches them, in their order. */
export function vectorOfNobody(): number[] {
  const none = () => undefined;
  const asker = askerOf({ at_ms: 0, user: '', session: '' }, undefined, tasteOf(undefined, none), none);
  const vector = featureVector(asker, { item: '', state: undefined, product: undefined });
  return vectorAt(vector, 0);
}
