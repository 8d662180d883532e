import type { Sequences } from '../controls/scorer.ts';
import { value } from '../graph/runtime.ts';
import { accidentalHits } from '../graph/training/losses.ts';
import { adam } from '../graph/training/optimisers.ts';
import { bucketed, type Plan } from '../graph/training/plans.ts';
import { scheduled, warmUp } from '../graph/training/schedules.ts';
import { createTrainer, type Feeds, initialState } from '../graph/training/trainer.ts';
import { type Random, random } from '../random.ts';
import type { SequenceShape } from './encoder.ts';
import { initialRanker, rankerLoss, rankerVector } from './ranker.ts';

export interface RankerTraining {
  /** What each user took, oldest first; only the newest `shape.length` + 1 of it count. */
  readonly sequences: Sequences;
  readonly items: number;
  readonly shape: SequenceShape;
  readonly seed: number;
  /** The share that is left out, see `encodeSequence`. */
  readonly dropout: number;
  /** Items that all events of a batch have as negatives. */
  readonly negatives: number;
  /** The most events of a batch, with what is filled up. */
  readonly tokens: number;
  readonly rate: number;
  /** Epochs after which it is validated again, and again how often without a new best before training ends. */
  readonly every: number;
  readonly patience: number;
  /** Training ends after so long, whatever its state. */
  readonly seconds: number;
  /** What is to become great; the parameters with the greatest are the result. They are the trainer's: read only. */
  readonly validate: (parameters: Float32Array) => Promise<number>;
}

export interface RankerEpoch {
  readonly epoch: number;
  readonly loss: number;
  readonly validation: number;
  readonly seconds: number;
}

/** Learns to tell what a user takes next at every place of what he took, from items that are drawn uniformly. */
export async function trainSequenceRanker(
  training: RankerTraining,
  onValidation: (epoch: RankerEpoch) => void = () => {},
): Promise<Float32Array> {
  const { items, shape, seed, dropout, tokens } = training;
  const sequences = training.sequences.map(each => each.subarray(-shape.length - 1)).filter(({ length }) => length > 1);
  const optimiser = scheduled(adam({ rate: training.rate }), warmUp(200));
  const trainer = await createTrainer(
    rankerVector(items, shape),
    learned => rankerLoss(learned, shape, dropout, seed),
    optimiser,
    initialState(optimiser, initialRanker(items, shape, seed)),
  );
  const lengths = sequences.map(({ length }) => length - 1);
  const seen = Int32Array.from(new Set(sequences.flatMap(each => [...each])));
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1_000;
  let best = { epoch: 0, validation: Number.NEGATIVE_INFINITY, parameters: trainer.state.parameters.slice() };
  try {
    for (let epoch = 1; seconds() < training.seconds; epoch++) {
      const draws = random(seed, epoch);
      let [loss, steps] = [0, 0];
      for (const rows of batchesOf(bucketed(lengths, tokens, draws))) {
        if (seconds() >= training.seconds) break;
        const chosen = Array.from(rows, row => sequences[row]!);
        loss += await trainer.step(
          feedsOf(chosen, sample(seen, training.negatives, draws), seen.length, trainer.state.step),
        );
        steps++;
      }
      if (epoch % training.every !== 0 && seconds() < training.seconds) continue;
      const validation = await training.validate(trainer.state.parameters);
      onValidation({ epoch, loss: loss / steps, validation, seconds: seconds() });
      if (validation > best.validation) best = { epoch, validation, parameters: trainer.state.parameters.slice() };
      else if (epoch - best.epoch >= training.patience * training.every) break;
    }
    return best.parameters;
  } finally {
    await trainer.release();
  }
}

function* batchesOf({ order, ends }: Plan): Iterable<Uint32Array> {
  for (const [batch, end] of ends.entries()) yield order.subarray(batch === 0 ? 0 : ends[batch - 1], end);
}

/** So many different ones, in a random order: the beginning of a shuffle, after which the others are as random. */
function sample(values: Int32Array, count: number, draws: Random): Int32Array {
  const drawn = Math.min(count, values.length);
  for (let k = 0; k < drawn; k++) {
    const other = k + draws.below(values.length - k);
    [values[k], values[other]] = [values[other]!, values[k]!];
  }
  return values.slice(0, drawn);
}

/** @param population how many items the negatives were drawn from, each equally likely */
function feedsOf(sequences: Sequences, negatives: Int32Array, population: number, step: number): Feeds {
  const length = Math.max(...sequences.map(each => each.length - 1));
  const ids = new BigInt64Array(sequences.length * length);
  const places: number[] = [];
  const targets: number[] = [];
  for (const [row, sequence] of sequences.entries()) {
    for (let at = 0; at < sequence.length - 1; at++) {
      ids[row * length + at] = BigInt(sequence[at]!);
      places.push(row * length + at);
      targets.push(sequence[at + 1]!);
    }
  }
  const whole = (numbers: ArrayLike<number>) =>
    value('int64', BigInt64Array.from(Array.from(numbers, BigInt)), [numbers.length]);
  const hits = accidentalHits(Int32Array.from(targets), negatives);
  const logQ = new Float32Array(negatives.length).fill(Math.log(negatives.length / population));
  return {
    sequence: value('int64', ids, [sequences.length, length]),
    places: whole(places),
    targets: whole(targets),
    negatives: whole(negatives),
    log_q: value('float32', logQ, [negatives.length]),
    hits: value('int64', hits, [hits.length / 2, 2]),
    step: whole([step]),
  };
}
