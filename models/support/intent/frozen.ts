import type { Encoder } from '../../encoders/encoder.ts';
import { openTextEncoder } from '../../encoders/text.ts';
import * as f from '../../graph/functions.ts';
import { graphOf } from '../../graph/graph.ts';
import type { SessionOptions } from '../../graph/runtime.ts';
import { constant, type Graph, input, type Tensor } from '../../graph/tensor.ts';
import { adam } from '../../graph/training/descent/optimisers.ts';
import { cosineDecay, scheduled } from '../../graph/training/descent/schedules.ts';
import { type FitHooks, fit } from '../../graph/training/fit.ts';
import { crossEntropy } from '../../graph/training/losses.ts';
import { type Parameters, ParameterVector } from '../../graph/training/parameters.ts';
import { inOrder } from '../../graph/training/plans.ts';
import { MAX_TOKENS } from './network.ts';

const STEPS = 200;
const RATE = 0.05;
/** Half the sum of the squared weights counts this often. */
const L2 = 1e-4;
/** Vectors have length 1; so much longer, a step moves logits as much as it moves weights. */
const LENGTH = 10;

/**
 * Softmax regression on the vectors that an encoder gives as it is, less their mean. It learns nothing of the words, but
 * from an encoder that was trained on far more it errs elsewhere than one that was fine-tuned.
 *
 * @returns `input_ids` and `attention_mask` [B, L], int64 -> `probabilities` [B, classes]
 */
export async function trainOnVectors(
  encoder: Encoder,
  texts: readonly string[],
  labels: Int32Array,
  classes: number,
  session: SessionOptions,
  hooks: Pick<FitHooks, 'signal'> = {},
): Promise<Graph> {
  const opened = await openTextEncoder(encoder, { ...session, maxTokens: MAX_TOKENS });
  const vectors = await opened.encode(texts, 'query', hooks.signal).finally(() => opened.release());
  const probable = await fitHead(vectors, opened.width, labels, classes, session, hooks);
  return graphOf({ probabilities: probable(encoder.graph.outputs.vector!) });
}

/**
 * The regression itself.
 *
 * @param vectors [texts, width], of length 1
 * @returns from vectors [B, width] to probabilities [B, classes]
 */
export async function fitHead(
  vectors: Float32Array,
  width: number,
  labels: Int32Array,
  classes: number,
  session: SessionOptions,
  hooks: Pick<FitHooks, 'signal'> = {},
): Promise<(vectors: Tensor) => Tensor> {
  const middle = constant('float32', meanOf(vectors, width), [width], 'middle');
  const vector = new ParameterVector({ weight: [width, classes], bias: [classes] });
  const { parameters } = await fit(
    {
      ...session,
      vector,
      loss: learned => {
        const logits = headed(input('vectors', 'float32', ['N', width]), middle, learned);
        const likelihood = f.mean(crossEntropy(logits, input('label', 'int32', ['N'])));
        return f.add(likelihood, f.mul(f.sumSquare(learned.weight!), L2 / 2));
      },
      optimiser: scheduled(adam({ rate: RATE }), cosineDecay(STEPS)),
      start: new Float32Array(vector.size),
      columns: { vectors: { data: vectors, shape: [width] }, label: { data: labels, shape: [] } },
      plan: () => inOrder(labels.length, labels.length),
      epochs: STEPS,
    },
    hooks,
  );
  return given => f.softmax(headed(given, middle, vector.constants(parameters)));
}

function headed(vectors: Tensor, middle: Tensor, { weight, bias }: Parameters): Tensor {
  return f.gemm(f.mul(f.l2Normalise(f.sub(vectors, middle)), LENGTH), weight!, { c: bias! });
}

function meanOf(vectors: Float32Array, width: number): Float32Array {
  const mean = new Float32Array(width);
  const rows = vectors.length / width;
  for (let at = 0; at < vectors.length; at++) mean[at % width]! += vectors[at]! / rows;
  return mean;
}
