import { TemperError } from '../../../schemas/errors.ts';
import { type Adapted, bind, countsOf, joined, shapesOf } from '../../adapt/adapted.ts';
import { merge } from '../../adapt/merge.ts';
import * as f from '../../graph/functions.ts';
import { graphOf } from '../../graph/graph.ts';
import type { Provider, SessionOptions } from '../../graph/runtime.ts';
import { type Graph, input, type Tensor } from '../../graph/tensor.ts';
import { runName } from '../../graph/training/checkpoint.ts';
import { clipByNorm } from '../../graph/training/descent/clipping.ts';
import { adamW } from '../../graph/training/descent/optimisers.ts';
import { linearDecay, scheduled, warmUp } from '../../graph/training/descent/schedules.ts';
import { type FitProgress, fit } from '../../graph/training/fit.ts';
import { infoNce } from '../../graph/training/losses.ts';
import { type Parameters, ParameterVector } from '../../graph/training/parameters.ts';
import { random } from '../../random.ts';
import type { Encoder } from '../encoder.ts';
import { openTextEncoder } from '../text.ts';
import { columnsOf } from './columns.ts';
import { adapt, type Method, RATES } from './method.ts';
import { type Pair, splitPairs } from './pairs.ts';
import { distinctBatches } from './plan.ts';
import { type Retrieval, retrieval } from './retrieval.ts';

export interface FineTuneOptions extends SessionOptions {
  method: Method;
  seed: number;
  epochs?: number;
  /** Pairs of a step; each query has the texts of the others as wrong ones. */
  batch?: number;
  /** Of the optimiser at its highest; that of the method, if not given. */
  rate?: number;
  temperature?: number;
  /** The share of the texts that is kept for judging. */
  heldOut?: number;
  /** A longer text loses its end, in training and in judging. */
  maxTokens?: number;
}

export interface FineTuneHooks {
  onProgress?: (progress: FitProgress) => void;
  /** Stops before the next step, with the signal's reason. */
  signal?: AbortSignal;
  /** Where checkpoints are kept, and from which one of the same run goes on. */
  checkpointDir?: string;
}

export interface FineTuned {
  /** The encoder with what was learned merged into its constants. */
  graph: Graph;
  provider: Provider;
  report: FineTuneReport;
}

export interface FineTuneReport {
  method: Method;
  parameters: { trainable: number; total: number };
  pairs: { train: number; held_out: number };
  steps: number;
  /** Means over the first and the last epoch. */
  train_loss: { first: number; last: number };
  /** On held-out pairs. */
  before: Retrieval;
  after: Retrieval;
  seconds: number;
  cpu_seconds: number;
  samples_per_second: number;
}

const DEFAULTS = { epochs: 3, batch: 16, temperature: 0.05, heldOut: 0.2, maxTokens: 64 };
/** Of the steps, with a rising rate. */
const WARM_UP = 0.1;
/** Fewer tell nothing of retrieval. */
const LEAST_PAIRS = 8;
const CHECKPOINT_SECONDS = 60;

/**
 * Adapts an encoder to pairs of a query and the text that it should find, by InfoNCE in both directions among the pairs
 * of a batch. Some texts are held out; how well their queries find them is measured before and after.
 * The same pairs, options and seed give the same encoder, whether or not it was stopped and resumed in between.
 *
 * @throws DATA_INSUFFICIENT, GRAPH_INVALID where the method finds no parameters, TRAINING_DIVERGED, or the signal's
 *   reason
 */
export async function fineTune(
  encoder: Encoder,
  pairs: readonly Pair[],
  given: FineTuneOptions,
  { checkpointDir: directory, ...hooks }: FineTuneHooks = {},
): Promise<FineTuned> {
  const options = { ...DEFAULTS, rate: RATES[given.method.name], ...given };
  const { seed, batch, epochs, rate } = options;
  const maxTokens = Math.min(options.maxTokens, encoder.maxTokens);
  const { train, heldOut } = splitPairs(pairs, options.heldOut, seed);
  const plans = Array.from({ length: epochs }, (_, epoch) => distinctBatches(train, batch, random(seed, epoch)));
  const steps = plans.reduce((sum, { ends }) => sum + ends.length, 0);
  requireEnough({ train, heldOut }, steps);

  const measured = async (graph: Graph): Promise<Retrieval> => {
    const opened = await openTextEncoder({ ...encoder, graph }, { ...options, maxTokens });
    try {
      return await retrieval(opened, heldOut);
    } finally {
      await opened.release();
    }
  };
  const before = await measured(encoder.graph);

  const adapted = adapt(encoder.graph, options.method, seed);
  const vector = new ParameterVector(shapesOf(adapted.parameters));
  const start = joined(adapted.parameters);
  const columns = columnsOf(encoder, train, maxTokens);
  const run = runName(options, [start, columns.query_ids.data, columns.text_ids.data]);
  const warm = Math.ceil(WARM_UP * steps);
  const fitted = await fit(
    {
      ...options,
      vector,
      loss: parameters => contrast(adapted, parameters, options.temperature),
      optimiser: scheduled(adamW({ rate }), warmUp(warm, linearDecay(steps - warm))),
      clip: clipByNorm(1),
      start,
      columns,
      plan: epoch => plans[epoch]!,
    },
    {
      ...hooks,
      ...(directory !== undefined && { checkpoints: { directory, run, everySeconds: CHECKPOINT_SECONDS } }),
    },
  );

  const graph = merge(adapted.graph, vector.constants(fitted.parameters));
  const { provider, losses, seconds, cpu_seconds, samples_per_second } = fitted;
  return {
    graph,
    provider,
    report: {
      method: options.method,
      parameters: countsOf(adapted),
      pairs: { train: train.length, held_out: heldOut.length },
      steps: fitted.steps,
      train_loss: { first: losses[0]!.train, last: losses.at(-1)!.train },
      before,
      after: await measured(graph),
      seconds,
      cpu_seconds,
      samples_per_second,
    },
  };
}

/** The loss of a batch; queries and texts have lengths of their own, so that short queries stay cheap. */
export function contrast({ graph }: Adapted, parameters: Parameters, temperature: number): Tensor {
  const alone = graphOf({ vector: graph.outputs.vector! });
  const [queries, texts] = ['query', 'text'].map(side => {
    const port = (name: string) => input(`${side}_${name}`, 'int64', ['N', `${side}_length`]);
    return bind(alone, { ...parameters, input_ids: port('ids'), attention_mask: port('mask') }).outputs.vector!;
  });
  return f.mean(infoNce(queries!, texts!, temperature));
}

function requireEnough({ train, heldOut }: { train: Pair[]; heldOut: Pair[] }, steps: number): void {
  if (heldOut.length >= LEAST_PAIRS && steps > 0) return;
  throw new TemperError('DATA_INSUFFICIENT', {
    where: 'fine-tuning',
    expected: `pairs to learn from, and ${LEAST_PAIRS} held out`,
    got: `${train.length} pairs for ${steps} batches of different queries and texts, ${heldOut.length} held out`,
    next: 'Give more pairs; pairs that share a query or a text stay on one side',
  });
}
