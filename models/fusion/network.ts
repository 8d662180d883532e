import * as f from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { type Graph, input, type Tensor } from '../graph/tensor.ts';
import { binaryCrossEntropy } from '../graph/training/losses.ts';
import { type Parameters, ParameterVector } from '../graph/training/parameters.ts';
import type { Random } from '../random.ts';
import { biasOf, initialiseMlp, mlp, mlpShapes } from '../ranker/mlp.ts';
import { initialTower, PORTS, positionLogits, standardised, TOWER, usualLogits } from '../ranker/ranker.ts';
import { initialiseLikeness, likenesses, likenessShapes } from './likeness.ts';
import { type Constants, type FusionShape, HEADS, modalitiesOf } from './shape.ts';

/** Beside standardised features: whoever took little has likenesses near 0, whoever took much some of several units. */
const LIKENESS_SCALE = 0.5;

/** Before the names of the perceptron's parameters. */
export const PERCEPTRON = 'perceptron.';

/** What a fusion ranker learns, in one vector. */
export function fusionParameters(shape: FusionShape): ParameterVector {
  return new ParameterVector({
    ...prefixed(mlpShapes(perceptronSizes(shape))),
    ...likenessShapes(shape),
    [TOWER]: [shape.positions, HEADS.length],
  });
}

/**
 * Parameters to begin with; the bias of each head is at the logit of its rate.
 *
 * @param looks as in `initialRanker`, for all heads: nobody does a thing to what he has not looked at
 */
export function initialFusion(
  shape: FusionShape,
  rates: readonly number[],
  random: Random,
  looks?: Float64Array,
): Float32Array {
  const vector = fusionParameters(shape);
  const values = new Float32Array(vector.size);
  const views = vector.views(values);
  initialiseMlp(perceptronSizes(shape), within(views), random);
  initialiseLikeness(shape, views, random);
  views[lastBias(shape)]!.set(rates.map(rate => Math.log(rate / (1 - rate))));
  if (looks)
    for (const [place, own] of initialTower(looks).entries()) {
      views[TOWER]!.fill(own, place * HEADS.length, (place + 1) * HEADS.length);
    }
  return values;
}

/**
 * The weighted loss of each example and head: binary cross-entropy with the position's side tower, as `exampleLosses`
 * of the perceptron has it.
 *
 * @returns [N, HEADS], from the inputs of `headLogits`, `position` [N, 1], and `label` and `counts` [N, HEADS], the
 *   latter 0 where a label is unknown
 */
export function headLosses(shape: FusionShape, constants: Constants, parameters: Parameters): Tensor {
  const seen = positionLogits(parameters[TOWER]!, shape.positions);
  const each = (name: string) => input(name, 'float32', ['N', HEADS.length]);
  const logits = f.add(headLogits(shape, constants, parameters), seen);
  return f.mul(binaryCrossEntropy(logits, each('label')), each('counts'));
}

/** The trained ranker for serving: without the tower, whose mean over the positions of training goes into the biases. */
export function servingFusion(
  shape: FusionShape,
  constants: Constants,
  values: Float32Array,
  frequencies: readonly number[],
): Graph {
  const vector = fusionParameters(shape);
  const served = values.slice();
  const views = vector.views(served);
  for (const [head, usual] of usualLogits(views[TOWER]!, frequencies).entries())
    views[lastBias(shape)]![head]! += usual;
  const logits = headLogits(shape, constants, vector.constants(served));
  const [score, ...others] = HEADS.map((_, head) => f.reshape(f.slice(logits, 1, head, head + 1), [-1]));
  return graphOf({
    [PORTS.score]: score!,
    [PORTS.probability]: f.sigmoid(score!),
    ...Object.fromEntries(others.map((logit, head) => [HEADS[head + 1]!.name, f.sigmoid(logit)])),
  });
}

/** The logit of each head, [N, HEADS]: of a perceptron over features and likenesses, and what likeness adds to it. */
function headLogits(shape: FusionShape, { standard, whitenings }: Constants, parameters: Parameters): Tensor {
  const features = standardised(input(PORTS.features, 'float32', ['N', shape.features]), standard);
  const { alike, sure } = likenesses(shape, whitenings, parameters);
  const seen = f.concat([features, f.mul(alike, LIKENESS_SCALE), sure], 1);
  return f.add(mlp(seen, perceptronSizes(shape), within(parameters)), f.matmul(alike, parameters['likeness.weight']!));
}

const perceptronSizes = (shape: FusionShape) => [
  shape.features + modalitiesOf(shape) + 1,
  ...shape.hidden,
  HEADS.length,
];
const lastBias = ({ hidden }: FusionShape) => `${PERCEPTRON}${biasOf(hidden.length)}`;

function prefixed<V>(named: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(Object.entries(named).map(([name, each]) => [`${PERCEPTRON}${name}`, each]));
}

function within<V>(named: Readonly<Record<string, V>>): Record<string, V> {
  const own = Object.entries(named).filter(([name]) => name.startsWith(PERCEPTRON));
  return Object.fromEntries(own.map(([name, each]) => [name.slice(PERCEPTRON.length), each]));
}
