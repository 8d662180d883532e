import { add, clip, matmul, mul, oneHot, reshape, sigmoid, sub } from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { constant, type Graph, input, type Tensor } from '../graph/tensor.ts';
import { binaryCrossEntropy } from '../graph/training/losses.ts';
import { type Parameters, ParameterVector } from '../graph/training/parameters.ts';
import type { Random } from '../random.ts';
import { biasOf, initialiseMlp, mlp, mlpShapes } from './mlp.ts';

/** The size of a ranker: its features, its hidden layers, and how many positions its side tower tells apart. */
export interface RankerShape {
  readonly features: number;
  readonly hidden: readonly number[];
  readonly positions: number;
}

/** What brings each feature to mean 0 and deviation 1: (x - mean) * scale. */
export interface Standard {
  readonly mean: Float32Array;
  readonly scale: Float32Array;
}

/** Standardised features beyond this many deviations say no more than that they are far out. */
const FARTHEST = 8;
/** The names of what features are brought to mean 0 and deviation 1 by. */
export const STANDARD = { mean: 'standard.mean', scale: 'standard.scale' } as const;
/** The name of the side tower's parameters: [positions, heads]. */
export const TOWER = 'position.logit';
/** A step of Adam moves the one number of a position as little as each of the perceptron's thousands: it would lag. */
const TOWER_SPEED = 10;

/** The names that every ranker's file has, whatever is inside. */
export const PORTS = { features: 'features', score: 'score', probability: 'probability' } as const;

/**
 * A ranker for serving.
 *
 * @param logit from the features [N, width], float32, to one logit a row [N, 1]
 * @returns a graph with the input `features` [N, width] and the outputs `score` [N], a logit, and `probability` [N]
 */
export function rankerGraph(width: number, logit: (features: Tensor) => Tensor): Graph {
  const features = input(PORTS.features, 'float32', ['N', width]);
  const score = reshape(logit(features), [-1]);
  return graphOf({ [PORTS.score]: score, [PORTS.probability]: sigmoid(score) });
}

/** What a ranker learns: the perceptron, and one logit for each position. */
export function rankerParameters(shape: RankerShape): ParameterVector {
  return new ParameterVector({ ...mlpShapes(sizesOf(shape)), [TOWER]: [shape.positions, 1] });
}

/**
 * Parameters to begin with: He's weights, and the bias at the logit of the click rate.
 *
 * @param looks P(looked at) of each position relative to the top; where it is not given, positions have no effect
 */
export function initialRanker(
  shape: RankerShape,
  clickRate: number,
  random: Random,
  looks?: Float64Array,
): Float32Array {
  const vector = rankerParameters(shape);
  const values = new Float32Array(vector.size);
  const views = vector.views(values);
  initialiseMlp(sizesOf(shape), views, random);
  views[lastBias(shape)]![0] = Math.log(clickRate / (1 - clickRate));
  if (looks) views[TOWER]!.set(initialTower(looks));
  return values;
}

/**
 * The weighted loss of each example in training. A side tower adds a logit for the position at which the item was
 * shown, so that the perceptron need not explain clicks that the position brought (Zhao et al., "Recommending what
 * video to watch next", RecSys 2019, section 4.3). Serving leaves the tower out.
 *
 * @returns [N, 1], from the inputs `features` [N, F], `position`, `clicked` and `weight` [N, 1], all float32
 */
export function exampleLosses(shape: RankerShape, standard: Standard, parameters: Parameters): Tensor {
  const column = (name: string) => input(name, 'float32', ['N', 1]);
  const features = input(PORTS.features, 'float32', ['N', shape.features]);
  const seen = positionLogits(parameters[TOWER]!, shape.positions);
  const logits = add(relevance(features, shape, standard, parameters), seen);
  return mul(binaryCrossEntropy(logits, column('clicked')), column('weight'));
}

/**
 * What the side tower adds for the position at which each item was shown.
 *
 * @param tower [positions, heads]
 * @returns [N, heads], from the input `position` [N, 1]; positions beyond the last count as the last
 */
export function positionLogits(tower: Tensor, positions: number): Tensor {
  const place = reshape(clip(input('position', 'float32', ['N', 1]), 0, positions - 1), [-1]);
  return mul(matmul(oneHot(place, positions), tower), TOWER_SPEED);
}

/** The tower of one head that says how much less than the top a position is looked at: for rare clicks, in logits too. */
export function initialTower(looks: Float64Array): Float32Array {
  return Float32Array.from(looks, each => Math.log(each) / TOWER_SPEED);
}

/** The mean of what the tower adds, for each head; frequencies of each position in training add up to 1. */
export function usualLogits(tower: Float32Array, frequencies: readonly number[]): number[] {
  const heads = tower.length / frequencies.length;
  return Array.from({ length: heads }, (_, head) =>
    frequencies.reduce((sum, share, position) => sum + share * TOWER_SPEED * tower[position * heads + head]!, 0),
  );
}

/** Features at mean 0 and deviation 1, held within FARTHEST. */
export function standardised(features: Tensor, { mean, scale }: Standard): Tensor {
  const row = (values: Float32Array, name: string) => constant('float32', values, [values.length], name);
  const centred = sub(features, row(mean, STANDARD.mean));
  return clip(mul(centred, row(scale, STANDARD.scale)), -FARTHEST, FARTHEST);
}

/**
 * The trained ranker for serving: it takes raw features, and knows no position. So that its probabilities are those of
 * an item at a usual place, the mean of the tower over the positions of training goes into the bias.
 *
 * @param frequencies of each position in training; they add up to 1
 */
export function servingRanker(
  shape: RankerShape,
  standard: Standard,
  values: Float32Array,
  frequencies: readonly number[],
): Graph {
  const vector = rankerParameters(shape);
  const served = values.slice();
  const views = vector.views(served);
  views[lastBias(shape)]![0]! += usualLogits(views[TOWER]!, frequencies)[0]!;
  const parameters = vector.constants(served);
  return rankerGraph(shape.features, features => relevance(features, shape, standard, parameters));
}

function relevance(features: Tensor, shape: RankerShape, standard: Standard, parameters: Parameters): Tensor {
  return mlp(standardised(features, standard), sizesOf(shape), parameters);
}

function sizesOf({ features, hidden }: RankerShape): number[] {
  return [features, ...hidden, 1];
}

function lastBias({ hidden }: RankerShape): string {
  return biasOf(hidden.length);
}
