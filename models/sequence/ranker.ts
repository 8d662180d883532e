import type { Scorer } from '../controls/scorer.ts';
import * as f from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { openSession, value } from '../graph/runtime.ts';
import { input, type Tensor } from '../graph/tensor.ts';
import { sampledSoftmax } from '../graph/training/losses.ts';
import { type Parameters, ParameterVector } from '../graph/training/parameters.ts';
import { random } from '../random.ts';
import { encodeSequence, initialiseSequence, type SequenceShape, sequenceShapes } from './encoder.ts';

export interface SequenceRanker extends Scorer {
  /** Takes others from now on. */
  use(parameters: Float32Array): void;
  release(): Promise<void>;
}

/** All that a ranker of so many items learns: a vector for each of them, and the encoder. */
export function rankerVector(items: number, shape: SequenceShape): ParameterVector {
  return new ParameterVector({ items: [items, shape.width], ...sequenceShapes(shape) });
}

/** Parameters to begin with; items small, so that at first all of them are as likely. */
export function initialRanker(items: number, shape: SequenceShape, seed: number): Float32Array {
  const vector = rankerVector(items, shape);
  const parameters = new Float32Array(vector.size);
  const { items: table, ...encoder } = vector.views(parameters);
  const draws = random(seed);
  for (let k = 0; k < table!.length; k++) table![k] = 0.02 * draws.normal();
  initialiseSequence(encoder, shape, draws);
  return parameters;
}

/**
 * The mean over what was taken next of the sampled softmax, in nats. Takes `sequence` int64 [B, L], `places` int64 [N],
 * of the events in B L, `targets` int64 [N], what was taken after them, `negatives` int64 [S], `log_q` [S], `hits` int64
 * [H, 2] and `step` int64 [1].
 */
export function rankerLoss(learned: Parameters, shape: SequenceShape, dropout: number, seed: number): Tensor {
  const ids = (name: string, dims: readonly string[]) => f.gather(learned.items!, input(name, 'int64', dims));
  const noise = f.noiseOf(seed, input('step', 'int64', [1]));
  const encoded = encodeSequence(enlarged(ids('sequence', ['B', 'L']), shape), shape, learned, {
    rate: dropout,
    noise,
  });
  const losses = sampledSoftmax({
    hidden: f.gather(f.reshape(encoded, [-1, shape.width]), input('places', 'int64', ['N'])),
    targets: ids('targets', ['N']),
    negatives: ids('negatives', ['S']),
    logQ: input('log_q', 'float32', ['S']),
    hits: input('hits', 'int64', ['H', 2]),
  });
  return f.mean(losses);
}

/** Scores by the product of what the encoder expects after the newest event with every item's vector. */
export async function openSequenceRanker(
  items: number,
  shape: SequenceShape,
  parameters: Float32Array,
): Promise<SequenceRanker> {
  const vector = rankerVector(items, shape);
  const session = await openSession(scoring(vector, shape));
  let now = parameters;
  return {
    items,
    use: others => {
      now = others;
    },
    score: async (histories, into) => {
      const { sequence, places } = filled(histories, shape.length);
      const feeds = { parameters: value('float32', now, [vector.size]), sequence, places };
      await session.run(feeds, { scores: value('float32', into, [histories.length, items]) });
    },
    release: () => session.release(),
  };
}

function scoring(vector: ParameterVector, shape: SequenceShape) {
  const parameters = input('parameters', 'float32', [vector.size]);
  const learned = vector.slices(parameters);
  const sequence = input('sequence', 'int64', ['B', 'L']);
  const places = input('places', 'int64', ['B']);
  const encoded = encodeSequence(enlarged(f.gather(learned.items!, sequence), shape), shape, learned);
  const next = f.gather(f.reshape(encoded, [-1, shape.width]), places);
  return graphOf({ scores: f.gemm(next, learned.items!, { transB: true }) }, [parameters, sequence, places]);
}

/** Vectors of items, which are small for the products, as large as positions may become: Vaswani et al., 2017, 3.4. */
function enlarged(items: Tensor, { width }: SequenceShape): Tensor {
  return f.mul(items, Math.sqrt(width));
}

/** The newest events of each history, filled up at the end, and the places of the newest; item 0 where there is none. */
function filled(histories: readonly Int32Array[], most: number) {
  const newest = histories.map(history => history.subarray(-most));
  const length = newest.reduce((longest, history) => Math.max(longest, history.length), 1);
  const ids = new BigInt64Array(histories.length * length);
  const places = new BigInt64Array(histories.length);
  for (const [row, history] of newest.entries()) {
    for (const [at, item] of history.entries()) ids[row * length + at] = BigInt(item);
    places[row] = BigInt(row * length + Math.max(history.length - 1, 0));
  }
  return {
    sequence: value('int64', ids, [histories.length, length]),
    places: value('int64', places, [histories.length]),
  };
}
