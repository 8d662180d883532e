import * as f from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { type Graph, input, type Tensor } from '../graph/tensor.ts';
import { binaryCrossEntropy } from '../graph/training/losses.ts';
import { type Parameters, ParameterVector } from '../graph/training/parameters.ts';
import type { Random } from '../random.ts';
import { biasOf, initialiseMlp, mlp, mlpShapes, weightOf } from '../ranker/mlp.ts';
import { PORTS, positionLogits, type Standard, standardised, TOWER, usualLogits } from '../ranker/ranker.ts';
import { initialiseItems, itemShapes, itemVectors } from './items.ts';
import { type FusionShape, HEADS } from './shape.ts';
import { initialiseUsers, userShapes, userVectors } from './users.ts';

/** Names of the inputs beside those of items. */
export const PAIR_PORTS = {
  /** int32 [N]: the place of each row's item among the items of the batch. */
  item: 'item',
  /** int32 [N]: the place of each row's list among the histories. */
  list: 'list',
} as const;

/** What a fusion ranker learns, in one vector. */
export function fusionParameters(shape: FusionShape): ParameterVector {
  return new ParameterVector({
    ...prefixed('features', mlpShapes(featureSizes(shape))),
    ...prefixed('pair', mlpShapes(pairSizes(shape))),
    ...itemShapes(shape),
    ...userShapes(shape),
    [TOWER]: [shape.positions, HEADS.length],
  });
}

/**
 * Parameters to begin with. The logits are those of the features alone at first, since the last layer for pairs is 0,
 * and the bias of each head is at the logit of its rate.
 */
export function initialFusion(shape: FusionShape, rates: readonly number[], random: Random): Float32Array {
  const vector = fusionParameters(shape);
  const values = new Float32Array(vector.size);
  const views = vector.views(values);
  initialiseMlp(featureSizes(shape), within('features', views), random);
  initialiseMlp(pairSizes(shape), within('pair', views), random);
  within('pair', views)[weightOf(shape.pairHidden.length)]!.fill(0);
  initialiseItems(shape, views, random);
  initialiseUsers(shape, views, random);
  views[lastBias(shape)]!.set(rates.map(rate => Math.log(rate / (1 - rate))));
  return values;
}

/**
 * The weighted loss of each example and head: binary cross-entropy with the position's side tower, as `exampleLosses`
 * of the perceptron has it.
 *
 * @returns [N, HEADS], from the inputs of `headLogits`, `position` [N, 1], and `label` and `counts` [N, HEADS], the
 *   latter 0 where a label is unknown
 */
export function headLosses(shape: FusionShape, standard: Standard, parameters: Parameters): Tensor {
  const seen = positionLogits(parameters[TOWER]!, shape.positions);
  const each = (name: string) => input(name, 'float32', ['N', HEADS.length]);
  const logits = f.add(headLogits(shape, standard, parameters), seen);
  return f.mul(binaryCrossEntropy(logits, each('label')), each('counts'));
}

/** The trained ranker for serving: without the tower, whose mean over the positions of training goes into the biases. */
export function servingFusion(
  shape: FusionShape,
  standard: Standard,
  values: Float32Array,
  frequencies: readonly number[],
): Graph {
  const vector = fusionParameters(shape);
  const served = values.slice();
  const views = vector.views(served);
  for (const [head, usual] of usualLogits(views[TOWER]!, frequencies).entries())
    views[lastBias(shape)]![head]! += usual;
  const logits = headLogits(shape, standard, vector.constants(served));
  const [score, ...others] = HEADS.map((_, head) => f.reshape(f.slice(logits, 1, head, head + 1), [-1]));
  return graphOf({
    [PORTS.score]: score!,
    [PORTS.probability]: f.sigmoid(score!),
    ...Object.fromEntries(others.map((logit, head) => [HEADS[head + 1]!.name, f.sigmoid(logit)])),
  });
}

/** The logit of each head from features alone, and what the pair of user and item adds to it: [N, HEADS]. */
function headLogits(shape: FusionShape, standard: Standard, parameters: Parameters): Tensor {
  const features = standardised(input(PORTS.features, 'float32', ['N', shape.features]), standard);
  const items = itemVectors(shape, parameters);
  const users = userVectors(items, shape, parameters);
  const item = f.gather(items, input(PAIR_PORTS.item, 'int32', ['N']));
  const user = f.gather(users, input(PAIR_PORTS.list, 'int32', ['N']));
  const pair = f.concat([f.mul(user, item), item, features], 1);
  return f.add(
    mlp(features, featureSizes(shape), within('features', parameters)),
    mlp(pair, pairSizes(shape), within('pair', parameters)),
  );
}

const featureSizes = ({ features, hidden }: FusionShape) => [features, ...hidden, HEADS.length];
const pairSizes = ({ features, width, pairHidden }: FusionShape) => [2 * width + features, ...pairHidden, HEADS.length];
const lastBias = ({ hidden }: FusionShape) => `features.${biasOf(hidden.length)}`;

function prefixed<V>(prefix: string, named: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(Object.entries(named).map(([name, each]) => [`${prefix}.${name}`, each]));
}

function within<V>(prefix: string, named: Readonly<Record<string, V>>): Record<string, V> {
  const own = Object.entries(named).filter(([name]) => name.startsWith(`${prefix}.`));
  return Object.fromEntries(own.map(([name, each]) => [name.slice(prefix.length + 1), each]));
}
