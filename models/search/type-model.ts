import { TemperError } from '../../schemas/errors.ts';
import { add, matmul, mean } from '../graph/functions.ts';
import type { SessionOptions } from '../graph/runtime.ts';
import { input } from '../graph/tensor.ts';
import { adamW } from '../graph/training/descent/optimisers.ts';
import { fit } from '../graph/training/fit.ts';
import { crossEntropy } from '../graph/training/losses.ts';
import { ParameterVector } from '../graph/training/parameters.ts';
import { shuffled } from '../graph/training/plans.ts';
import { random } from '../random.ts';
import { rowsOf } from '../retrieval/vectors/exact.ts';

/** What kind of product a vector is of: logits = vector · weight + bias. */
export interface TypeModel {
  readonly width: number;
  readonly types: number;
  /** [width, types] */
  readonly weight: Float32Array;
  /** [types] */
  readonly bias: Float32Array;
}

export interface TypedProducts {
  /** [products] */
  readonly type: Int32Array;
  /** [products] the model's probability of that type, in (0, 1]. */
  readonly certainty: Float32Array;
}

export interface TypeTraining extends SessionOptions {
  seed: number;
  epochs?: number;
}

const RATE = 0.08;
const DECAY = 0.01;
const BATCH = 256;
const EPOCHS = 12;

/**
 * Learns from the products whose type is known what the type of any product is: multinomial logistic regression.
 *
 * @param vectors [products, width]
 * @param of [products] the type, -1 where it is not known
 * @param types how many there are
 * @throws DATA_INSUFFICIENT where no product has a type
 */
export async function trainTypes(
  vectors: Float32Array,
  of: Int32Array,
  types: number,
  { seed, epochs = EPOCHS, ...options }: TypeTraining,
): Promise<TypeModel> {
  const width = vectors.length / of.length;
  const known = Uint32Array.from(of.keys()).filter(product => of[product]! >= 0);
  if (known.length === 0) {
    const expected = 'products whose type is known';
    throw new TemperError('DATA_INSUFFICIENT', { where: 'training of product types', expected, got: 'none' });
  }
  const vector = new ParameterVector({ weight: [width, types], bias: [types] });
  const { parameters } = await fit({
    ...options,
    vector,
    loss: ({ weight, bias }) =>
      mean(
        crossEntropy(
          add(matmul(input('vectors', 'float32', ['N', width]), weight!), bias!),
          input('type', 'int32', ['N']),
        ),
      ),
    optimiser: adamW({ rate: RATE, decay: DECAY }),
    start: new Float32Array(vector.size),
    columns: {
      vectors: { data: rowsOf(vectors, known, width), shape: [width] },
      type: { data: Int32Array.from(known, product => of[product]!), shape: [] },
    },
    plan: epoch => shuffled(known.length, BATCH, random(seed, epoch)),
    epochs,
  });
  const { weight, bias } = vector.views(parameters);
  return { width, types, weight: weight!, bias: bias! };
}

/** @param vectors [products, width] */
export function typesOf(model: TypeModel, vectors: Float32Array): TypedProducts {
  const products = vectors.length / model.width;
  const type = new Int32Array(products);
  const certainty = new Float32Array(products);
  for (let product = 0; product < products; product++) {
    const logits = logitsOf(model, vectors.subarray(product * model.width, (product + 1) * model.width));
    const greatest = logits.reduce((most, logit) => Math.max(most, logit));
    type[product] = logits.indexOf(greatest);
    certainty[product] = 1 / logits.reduce((sum, logit) => sum + Math.exp(logit - greatest), 0);
  }
  return { type, certainty };
}

function logitsOf({ types, weight, bias }: TypeModel, vector: Float32Array): Float32Array {
  const logits = bias.slice();
  for (const [row, number] of vector.entries()) {
    for (let type = 0; type < types; type++) logits[type]! += number * weight[row * types + type]!;
  }
  return logits;
}
