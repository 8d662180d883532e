import { bind, joined, shapesOf } from '../../adapt/adapted.ts';
import { merge } from '../../adapt/merge.ts';
import { trainable } from '../../adapt/trainable.ts';
import type { Encoder } from '../../encoders/encoder.ts';
import { tokensOf } from '../../encoders/fine-tune/columns.ts';
import { openTextEncoder } from '../../encoders/text.ts';
import * as f from '../../graph/functions.ts';
import { graphOf } from '../../graph/graph.ts';
import type { SessionOptions } from '../../graph/runtime.ts';
import { constant, type Graph, input, type Tensor } from '../../graph/tensor.ts';
import { clipByNorm } from '../../graph/training/descent/clipping.ts';
import { adamW } from '../../graph/training/descent/optimisers.ts';
import { linearDecay, scheduled, warmUp } from '../../graph/training/descent/schedules.ts';
import { type FitHooks, fit } from '../../graph/training/fit.ts';
import { crossEntropy } from '../../graph/training/losses.ts';
import { type Parameters, ParameterVector } from '../../graph/training/parameters.ts';
import { bucketed } from '../../graph/training/plans.ts';
import { random } from '../../random.ts';

export interface NetworkTraining extends SessionOptions {
  readonly seed: number;
  readonly epochs?: number;
  /** Of the encoder's weights at its highest; the classes' own vectors learn ten times as fast. */
  readonly rate?: number;
}

/** A longer question loses its end. */
export const MAX_TOKENS = 96;
const EPOCHS = 5;
const RATE = 2e-4;
const HEAD_RATE = 10;
/** Of a batch, in which questions of about one length stand. */
const TOKENS = 768;
const BUCKET = 4;
const WARM_UP = 0.1;
/** Of the probability of the right class that the others get (Szegedy et al., "Rethinking Inception", 2016, section 7). */
const SMOOTHING = 0.1;
/** By which cosines are multiplied before they are logits. */
const SCALE = 20;

/** Dense weights, biases and norms of all layers: what words mean stays as it was learned from far more text. */
const LAYERS = [/\blayers?\.\d+\./];

/**
 * Trains an encoder and a vector for each class together, by the cross-entropy of cosines. The vectors begin as the
 * middles of their classes, where the encoder as it was tells most of them apart already.
 *
 * @param labels the class of each text, below `classes`
 * @returns `input_ids` and `attention_mask` [B, L], int64 -> `probabilities` [B, classes]
 * @throws TRAINING_DIVERGED, or the signal's reason
 */
export async function trainNetwork(
  encoder: Encoder,
  texts: readonly string[],
  labels: Int32Array,
  classes: number,
  { seed, epochs = EPOCHS, rate = RATE, ...session }: NetworkTraining,
  hooks: FitHooks = {},
): Promise<Graph> {
  const adapted = trainable(encoder.graph, LAYERS);
  const middles = await middlesOf(encoder, texts, labels, classes, session, hooks.signal);
  const start: Parameters = { ...adapted.parameters, 'head.weight': middles };
  const vector = new ParameterVector(shapesOf(start));
  const { ids, mask } = tokensOf(encoder, texts, 'query', MAX_TOKENS);
  const lengths = Uint32Array.from(labels, (_, row) => ids.starts[row + 1]! - ids.starts[row]!);
  const plans = Array.from({ length: epochs }, (_, epoch) => bucketed(lengths, TOKENS, random(seed, epoch), BUCKET));
  const steps = plans.reduce((sum, { ends }) => sum + ends.length, 0);
  const warm = Math.ceil(WARM_UP * steps);
  const { parameters } = await fit(
    {
      ...session,
      vector,
      loss: learned => smoothed(logitsOf(adapted.graph, learned), input('label', 'int32', ['N'])),
      optimiser: scheduled(adamW({ rate }), warmUp(warm, linearDecay(steps - warm))),
      groups: [{ match: /^head\./, rate: HEAD_RATE }],
      clip: clipByNorm(1),
      start: joined(start),
      columns: { input_ids: ids, attention_mask: mask, label: { data: labels, shape: [] } },
      plan: epoch => plans[epoch]!,
      epochs,
    },
    hooks,
  );
  const { 'head.weight': head, ...layers } = vector.constants(parameters);
  const served = merge(graphOf({ vector: adapted.graph.outputs.vector! }), layers);
  return graphOf({ probabilities: f.softmax(headed(served.outputs.vector!, head!)) });
}

function logitsOf(graph: Graph, learned: Parameters): Tensor {
  const port = (name: string) => input(name, 'int64', ['N', 'length']);
  const alone = graphOf({ vector: graph.outputs.vector! });
  const inputs = { input_ids: port('input_ids'), attention_mask: port('attention_mask') };
  return headed(bind(alone, { ...learned, ...inputs }).outputs.vector!, learned['head.weight']!);
}

/** [N, width] and [classes, width] -> [N, classes] */
function headed(vector: Tensor, head: Tensor): Tensor {
  return f.gemm(vector, f.mul(f.l2Normalise(head), SCALE), { transB: true });
}

/** The mean of (1 - s) the cross-entropy of the label and s that of all classes alike. */
function smoothed(logits: Tensor, labels: Tensor): Tensor {
  const right = f.mean(crossEntropy(logits, labels));
  const all = f.neg(f.mean(f.logSoftmax(logits)));
  return f.add(f.mul(right, 1 - SMOOTHING), f.mul(all, SMOOTHING));
}

/** The mean vector of each class, [classes, width]. */
async function middlesOf(
  encoder: Encoder,
  texts: readonly string[],
  labels: Int32Array,
  classes: number,
  session: SessionOptions,
  signal: AbortSignal | undefined,
): Promise<Tensor> {
  const opened = await openTextEncoder(encoder, { ...session, maxTokens: MAX_TOKENS });
  const { width } = opened;
  const vectors = await opened.encode(texts, 'query', signal).finally(() => opened.release());
  const middles = new Float32Array(classes * width);
  for (const [row, label] of labels.entries()) {
    for (let k = 0; k < width; k++) middles[label * width + k]! += vectors[row * width + k]!;
  }
  for (let label = 0; label < classes; label++) {
    const middle = middles.subarray(label * width, (label + 1) * width);
    const length = Math.hypot(...middle) || 1;
    for (let k = 0; k < width; k++) middle[k]! /= length;
  }
  return constant('float32', middles, [classes, width], 'head.weight');
}
