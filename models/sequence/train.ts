import { TemperError } from '../../schemas/errors.ts';
import type { Sequences } from '../controls/scorer.ts';
import { adam } from '../graph/training/descent/optimisers.ts';
import { scheduled, warmUp } from '../graph/training/descent/schedules.ts';
import { bucketed, type Plan } from '../graph/training/plans.ts';
import { createTrainer, initialState, type TrainerState } from '../graph/training/trainer.ts';
import type { SequenceHardening } from '../harden/sequence-loss.ts';
import { type Random, random } from '../random.ts';
import { feedsOf, sample, strayingWalk, walkOf } from './batch.ts';
import { initialRanker, type RankerModel, rankerLoss, rankerVector } from './ranker.ts';

export interface RankerTraining extends RankerModel {
  /** What each user took, oldest first; only the newest `shape.length` + 1 of it count. */
  readonly sequences: Sequences;
  readonly seed: number;
  /** The share that is left out, see `encodeSequence`. */
  readonly dropout: number;
  /** Items that all events of a batch have as negatives. */
  readonly negatives: number;
  /** The most events of a batch, with what is filled up. */
  readonly tokens: number;
  /** The highest, after 200 steps; from there it falls along half a cosine, to 0 at the end of training. */
  readonly rate: number;
  readonly epochs: number;
  /** Where so long does not suffice for them, there are fewer epochs, and the rate falls the sooner. */
  readonly seconds: number;
  /** Epochs after which it is validated again. */
  readonly every: number;
  /** Against attacks; where it is not given, the result is what it always was. */
  readonly hardening?: SequenceHardening | undefined;
  /** What is to become great; the parameters with the greatest are the result. They are the trainer's: read only. */
  readonly validate: (parameters: Float32Array) => Promise<number>;
}

export interface RankerEpoch {
  readonly epoch: number;
  readonly loss: number;
  /** Null where it was not validated after this one. */
  readonly validation: number | null;
  readonly seconds: number;
}

export interface RankerHooks {
  /** Hears of every epoch, after it was validated if it was. */
  onEpoch?: (epoch: RankerEpoch) => void;
  /** Stops training before the next step, with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Learns to tell what a user takes next at every place of what he took, from items that are drawn uniformly.
 *
 * @throws DATA_INSUFFICIENT where no user has two events; TRAINING_DIVERGED as a trainer does; the signal's reason
 */
export async function trainSequenceRanker(
  training: RankerTraining,
  { onEpoch = () => {}, signal }: RankerHooks = {},
): Promise<Float32Array> {
  const { shape, seed, dropout, tokens, hardening } = training;
  const sequences = training.sequences.map(each => each.subarray(-shape.length - 1)).filter(({ length }) => length > 1);
  if (sequences.length === 0) {
    throw new TemperError('DATA_INSUFFICIENT', { where: 'a sequence ranker', expected: 'a user with two events' });
  }
  /** The share of the training, in epochs or in time. */
  let done = 0;
  const rising = warmUp(200);
  const optimiser = scheduled(adam({ rate: training.rate }), step => rising(step) * halfCosine(done));
  const trainerFrom = (state: TrainerState, against?: SequenceHardening) =>
    createTrainer(
      rankerVector(training),
      learned => rankerLoss(learned, training, { dropout, seed, hardening: against }),
      optimiser,
      state,
    );
  let trainer = await trainerFrom(initialState(optimiser, initialRanker(training, seed)));
  const lengths = sequences.map(({ length }) => length - 1);
  const seen = Int32Array.from(new Set(sequences.flatMap(each => [...each])));
  let isHardening = false;
  const walked = (sequence: Int32Array, draws: Random) => {
    if (!isHardening || !hardening?.strangers) return walkOf(sequence);
    return strayingWalk(sequence, { chance: hardening.strangers, population: seen, most: shape.length }, draws);
  };
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1_000;
  const nothing = () => ({ validation: Number.NEGATIVE_INFINITY, parameters: trainer.state.parameters.slice() });
  let best = nothing();
  try {
    for (let epoch = 1; done < 1 && seconds() < training.seconds; epoch++) {
      if (hardening && !isHardening && done >= hardening.after) {
        const { state } = trainer;
        await trainer.release();
        trainer = await trainerFrom(state, hardening);
        best = nothing();
        isHardening = true;
      }
      const draws = random(seed, epoch);
      let [loss, steps] = [0, 0];
      for (const rows of batchesOf(bucketed(lengths, tokens, draws))) {
        signal?.throwIfAborted();
        if (seconds() >= training.seconds) break;
        const chosen = Array.from(rows, row => walked(sequences[row]!, draws));
        const negatives = sample(seen, training.negatives, draws);
        loss += await trainer.step(feedsOf(chosen, negatives, seen.length, trainer.state.step));
        steps++;
      }
      done = Math.max(epoch / training.epochs, seconds() / training.seconds);
      const isValidated = epoch % training.every === 0 || done >= 1;
      const validation = isValidated ? await training.validate(trainer.state.parameters) : null;
      onEpoch({ epoch, loss: loss / steps, validation, seconds: seconds() });
      if (validation !== null && validation > best.validation) {
        best = { validation, parameters: trainer.state.parameters.slice() };
      }
    }
    return best.parameters;
  } finally {
    await trainer.release();
  }
}

function* batchesOf({ order, ends }: Plan): Iterable<Uint32Array> {
  for (const [batch, end] of ends.entries()) yield order.subarray(batch === 0 ? 0 : ends[batch - 1], end);
}

/** From 1 at 0 to 0 at 1: Loshchilov and Hutter, "SGDR", 2017, equation 5. */
function halfCosine(done: number): number {
  return (1 + Math.cos(Math.PI * done)) / 2;
}
