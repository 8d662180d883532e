import type { Contents } from '../controls/contents.ts';
import type { Scorer } from '../controls/scorer.ts';
import * as f from '../graph/functions.ts';
import { graphOf } from '../graph/graph.ts';
import { openSession, type Value, value } from '../graph/runtime.ts';
import { constant, type Graph, input, type Tensor } from '../graph/tensor.ts';
import { sampledSoftmax } from '../graph/training/losses.ts';
import { type Parameters, ParameterVector } from '../graph/training/parameters.ts';
import { hardenedSequenceLoss, type SequenceHardening } from '../harden/sequence-loss.ts';
import { random } from '../random.ts';
import { encodeSequence, initialiseSequence, type SequenceShape, sequenceShapes } from './encoder.ts';
import { itemShapes, itemVectors } from './items.ts';

/** What a sequence ranker is, apart from what it has learned. */
export interface RankerModel {
  readonly items: number;
  readonly shape: SequenceShape;
  /** Where it is not given, an item is its number alone. */
  readonly contents?: Contents | undefined;
  /** Where it is given, vectors are compared by their cosine, divided by it; where not, by their product. */
  readonly temperature?: number | undefined;
}

export interface SequenceRanker extends Scorer {
  /** Takes other parameters from now on, and copies what it needs of them. */
  use(parameters: Float32Array): Promise<void>;
  release(): Promise<void>;
}

/** All that a ranker learns: vectors of items and tokens, and the encoder. */
export function rankerVector({ items, shape, contents }: RankerModel): ParameterVector {
  return new ParameterVector({ ...itemShapes(items, shape.width, contents), ...sequenceShapes(shape) });
}

/** Parameters to begin with; items and tokens small, so that at first all items are as likely. */
export function initialRanker(model: RankerModel, seed: number): Float32Array {
  const vector = rankerVector(model);
  const parameters = new Float32Array(vector.size);
  const { items, tokens = new Float32Array(0), ...encoder } = vector.views(parameters);
  const draws = random(seed);
  for (const table of [items!, tokens]) for (let k = 0; k < table.length; k++) table[k] = 0.02 * draws.normal();
  initialiseSequence(encoder, model.shape, draws);
  return parameters;
}

/**
 * The mean over what was taken next of the sampled softmax, in nats. Takes `batch` int64 [U], the different items of a
 * batch, and by their places there `sequence` int64 [B, L], `targets` int64 [N], what was taken next, and `negatives`
 * int64 [S]; `places` int64 [N], of the events in B L before the targets, `log_q` [S], `hits` int64 [H, 2] and `step`
 * int64 [1].
 */
export function rankerLoss(
  learned: Parameters,
  model: RankerModel,
  { dropout, seed, hardening }: { dropout: number; seed: number; hardening?: SequenceHardening | undefined },
): Tensor {
  const { shape, contents, temperature } = model;
  const noise = f.noiseOf(seed, input('step', 'int64', [1]), NOISE);
  const thinned = (weights: Tensor) => f.dropout(weights, hardening?.tokens ?? 0, noise);
  const vectors = itemVectors(input('batch', 'int64', ['U']), learned, contents, thinned);
  const vectorsOf = (name: string, dims: readonly string[]) => f.gather(vectors, input(name, 'int64', dims));
  const taken = vectorsOf('sequence', ['B', 'L']);
  const encoded = encodeSequence(enlarged(taken, shape), shape, learned, { rate: dropout, noise });
  const hidden = f.gather(f.reshape(encoded, [-1, shape.width]), input('places', 'int64', ['N']));
  const losses = sampledSoftmax({
    hidden: expecting(hidden, temperature),
    targets: expected(vectorsOf('targets', ['N']), temperature),
    negatives: expected(vectorsOf('negatives', ['S']), temperature),
    logQ: input('log_q', 'float32', ['S']),
    hits: input('hits', 'int64', ['H', 2]),
  });
  const loss = f.mean(losses);
  return hardening ? hardenedSequenceLoss(loss, taken, shape.width, hardening) : loss;
}

/** Scores by the product of what the encoder expects after the newest event with every item's vector. */
export async function openSequenceRanker(model: RankerModel, parameters: Float32Array): Promise<SequenceRanker> {
  const { items, shape } = model;
  const vector = rankerVector(model);
  const [describing, scoring] = [await openSession(description(model)), await openSession(scores(model))];
  const [own, table] = [new Float32Array(vector.size), new Float32Array(items * shape.width)];
  const feeds = {
    parameters: value('float32', own, [vector.size]),
    table: value('float32', table, [items, shape.width]),
  };
  const use = async (others: Float32Array) => {
    own.set(others);
    await describing.run({ parameters: feeds.parameters }, { table: feeds.table });
  };
  await use(parameters);
  return {
    items,
    use,
    score: async (histories, into) => {
      const taken = historyFeeds(histories, shape.length);
      await scoring.run({ ...feeds, ...taken }, { scores: value('float32', into, [histories.length, items]) });
    },
    release: async () => {
      await Promise.all([describing.release(), scoring.release()]);
    },
  };
}

/** Numbers for dropout: eight times the mask of 2,048 events with 256 numbers each. */
const NOISE = 2 ** 22;

/** The vectors of all items, `table` [items, D], of the input `parameters`. */
export function description(model: RankerModel): Graph {
  const vector = rankerVector(model);
  const parameters = input('parameters', 'float32', [vector.size]);
  const all = constant(
    'int64',
    BigInt64Array.from({ length: model.items }, (_, item) => BigInt(item)),
    [model.items],
  );
  return graphOf({ table: itemVectors(all, vector.slices(parameters), model.contents) }, [parameters]);
}

function scores(model: RankerModel) {
  const { items, shape } = model;
  const vector = rankerVector(model);
  const parameters = input('parameters', 'float32', [vector.size]);
  const table = input('table', 'float32', [items, shape.width]);
  const [sequence, places] = historyInputs();
  const products = nextScores({ sequence, places, table }, model, vector.slices(parameters));
  return graphOf({ scores: products }, [parameters, table, sequence, places]);
}

/** The inputs `sequence` int64 [B, L] and `places` int64 [B] of a ranker that serves; see `historyFeeds`. */
export function historyInputs(): [sequence: Tensor, places: Tensor] {
  return [input('sequence', 'int64', ['B', 'L']), input('places', 'int64', ['B'])];
}

/**
 * What comes next after each history.
 *
 * @param table [items, D], the items' vectors
 * @returns [B, items]
 */
export function nextScores(
  { sequence, places, table }: { sequence: Tensor; places: Tensor; table: Tensor },
  model: Pick<RankerModel, 'shape' | 'temperature'>,
  encoder: Parameters,
): Tensor {
  return scoresAfter({ taken: f.gather(table, sequence), places, table }, model, encoder);
}

/** The same, by the vectors of what was taken, [B, L, D]. */
export function scoresAfter(
  { taken, places, table }: { taken: Tensor; places: Tensor; table: Tensor },
  { shape, temperature }: Pick<RankerModel, 'shape' | 'temperature'>,
  encoder: Parameters,
): Tensor {
  const encoded = encodeSequence(enlarged(taken, shape), shape, encoder);
  const next = f.gather(f.reshape(encoded, [-1, shape.width]), places);
  return f.gemm(expecting(next, temperature), expected(table, temperature), { transB: true });
}

/** Of what the encoder expects and of the items: what is multiplied. */
function expecting(hidden: Tensor, temperature: number | undefined): Tensor {
  return temperature === undefined ? hidden : f.mul(f.l2Normalise(hidden), 1 / temperature);
}

function expected(items: Tensor, temperature: number | undefined): Tensor {
  return temperature === undefined ? items : f.l2Normalise(items);
}

/** Vectors of items, which are small for the products, as large as positions may become: Vaswani et al., 2017, 3.4. */
function enlarged(items: Tensor, { width }: SequenceShape): Tensor {
  return f.mul(items, Math.sqrt(width));
}

/**
 * The newest events of each history, filled up at the end, and the places of the newest; item 0 where there is none.
 *
 * @param most events of a history, at least 1
 */
export function historyFeeds(histories: readonly Int32Array[], most: number): Record<'sequence' | 'places', Value> {
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
