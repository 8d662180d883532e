import { FEATURE_NAMES } from '../../models/features/vector.ts';
import { encode } from '../../models/graph/file/encode.ts';
import { random } from '../../models/random.ts';
import { initialRanker, servingRanker } from '../../models/ranker/ranker.ts';

/** The hidden layers of the peer's perceptron, over Temper's own features. */
const HIDDEN: readonly number[] = [256, 128];

/** A perceptron for serving as a training would write it, with the weights that are drawn before the first step. */
export function benchRanker(seed: number, hidden = HIDDEN): Uint8Array {
  const width = FEATURE_NAMES.length;
  const shape = { features: width, hidden: [...hidden], positions: 10 };
  const standard = { mean: new Float32Array(width), scale: new Float32Array(width).fill(1) };
  const frequencies = new Array<number>(10).fill(0.1);
  return encode(servingRanker(shape, standard, initialRanker(shape, 0.1, random(seed)), frequencies));
}
