import { TemperError } from '../../schemas/errors.ts';
import { encode } from '../graph/file/encode.ts';
import { mean } from '../graph/functions.ts';
import type { Provider } from '../graph/runtime.ts';
import { Batches, type ColumnData } from '../graph/training/batches.ts';
import { readCheckpoint, runName, writeCheckpoint } from '../graph/training/checkpoint.ts';
import { adam } from '../graph/training/optimisers.ts';
import type { Parameters } from '../graph/training/parameters.ts';
import { shuffled } from '../graph/training/plans.ts';
import { createTrainer, type TrainerState } from '../graph/training/trainer.ts';
import { random } from '../random.ts';
import { type Dataset, exampleColumns } from './dataset.ts';
import { Pace } from './pace.ts';
import {
  exampleLosses,
  initialRanker,
  type RankerShape,
  rankerParameters,
  type Standard,
  servingRanker,
} from './ranker.ts';
import { openValidator } from './validator.ts';

export interface TrainOptions {
  seed: number;
  hidden?: readonly number[];
  learningRate?: number;
  batch?: number;
  /** At most so many; fewer where the validation loss has not fallen for `patience` of them. */
  epochs?: number;
  patience?: number;
  /** More than one may change the last bits of the result. */
  threads?: number;
  providers?: readonly Provider[];
}

export interface TrainHooks {
  onProgress?: (progress: Progress) => void;
  /** Stops training before the next step, with the signal's reason. */
  signal?: AbortSignal;
  /** Where a checkpoint is written after each epoch, and from which one of the same run goes on. */
  checkpointDir?: string;
}

export interface Progress {
  /** Counted from 1. */
  epoch: number;
  epochs: number;
  step: number;
  /** Mean loss of the epoch up to now. */
  loss: number;
  /** Of the last whole epoch. */
  validation_loss: number | null;
  samples_per_second: number;
}

/** Mean losses of an epoch, in nats an example. */
export interface EpochLosses {
  train: number;
  validation: number;
}

export interface TrainedRanker {
  /** An ONNX file: `features` [N, F] -> `score` [N], a logit, and `probability` [N]. */
  model: Uint8Array;
  provider: Provider;
  losses: EpochLosses[];
  metrics: TrainMetrics;
}

export type TrainMetrics = Record<
  | 'parameters'
  | 'epochs'
  | 'best_epoch'
  | 'resumed_epochs'
  | 'steps'
  | 'train_loss'
  | 'validation_loss'
  | 'seconds'
  | 'cpu_seconds'
  | 'samples_per_second',
  number
>;

/** All that training needs in order to go on after an epoch as if it had not been stopped. */
interface Done {
  /** Epochs that are done. */
  epoch: number;
  state: TrainerState;
  best: { epoch: number; loss: number; parameters: Float32Array };
  losses: EpochLosses[];
}

const DEFAULTS = {
  hidden: [64, 32],
  learningRate: 1e-3,
  batch: 512,
  epochs: 20,
  patience: 3,
  threads: 1,
  providers: ['cpu'],
} as const satisfies Omit<TrainOptions, 'seed'>;

const MOST_POSITIONS = 200;

/**
 * Trains a ranker to predict clicks, and gives back the parameters of the epoch with the least validation loss.
 * The same data, options and seed give the same file, whether or not training was stopped and resumed in between.
 *
 * @param parts earlier examples to learn from, and later ones by which to stop
 * @throws DATA_INSUFFICIENT where a part is empty or has no click, TRAINING_DIVERGED, or the signal's reason
 */
export async function trainRanker(
  parts: { train: Dataset; validation: Dataset },
  given: TrainOptions,
  hooks: TrainHooks = {},
): Promise<TrainedRanker> {
  const options = { ...DEFAULTS, ...given };
  requireEnough(parts);
  const { train, validation } = parts;
  const shape = { features: train.featureNames.length, hidden: options.hidden, positions: positionsOf(train) };
  const standard = standardOf(train);
  const losses = (parameters: Parameters) => exampleLosses(shape, standard, parameters);
  const { checkpointDir: directory, signal, onProgress } = hooks;

  const run = directory === undefined ? '' : runName({ ...options, shape }, [train, validation].flatMap(learnedFrom));
  const done: Done =
    (directory && (await readCheckpoint<Done>(directory, run))) || beginning(shape, clickRate(train), options.seed);
  const resumed_epochs = done.epoch;
  const vector = rankerParameters(shape);
  const optimiser = adam({ rate: options.learningRate });
  const trainer = await createTrainer(vector, parameters => mean(losses(parameters)), optimiser, done.state, options);
  const validator = await openValidator(vector, losses, validation, options);
  const pace = new Pace();
  const batches = new Batches(exampleColumns(train));

  async function trainEpoch(): Promise<number> {
    const plan = shuffled(train.rows, options.batch, random(options.seed, done.epoch));
    let [total, rows] = [0, 0];
    for (const batch of batches.of(plan)) {
      signal?.throwIfAborted();
      total += batch.rows * (await trainer.step(batch.feeds));
      rows += batch.rows;
      if (pace.count(batch.rows)) report(done.epoch + 1, total / rows);
    }
    return total / rows;
  }

  function report(epoch: number, loss: number): void {
    onProgress?.({
      epoch,
      epochs: options.epochs,
      step: trainer.state.step,
      loss,
      validation_loss: done.losses.at(-1)?.validation ?? null,
      samples_per_second: pace.samples_per_second,
    });
  }

  try {
    while (done.epoch < options.epochs && done.epoch - done.best.epoch < options.patience) {
      const now = { train: await trainEpoch(), validation: await validator.loss(trainer.state.parameters) };
      done.epoch++;
      done.losses.push(now);
      if (now.validation < done.best.loss) {
        done.best = { epoch: done.epoch, loss: now.validation, parameters: trainer.state.parameters.slice() };
      }
      if (directory !== undefined) await writeCheckpoint(directory, run, { ...done, state: trainer.state });
      report(done.epoch, now.train);
    }
  } finally {
    await Promise.all([trainer.release(), validator.release()]);
  }
  return {
    model: encode(servingRanker(shape, standard, done.best.parameters, frequenciesOf(train, shape.positions))),
    provider: trainer.provider,
    losses: done.losses,
    metrics: {
      parameters: vector.size,
      epochs: done.epoch,
      best_epoch: done.best.epoch,
      resumed_epochs,
      steps: trainer.state.step,
      train_loss: done.losses[done.best.epoch - 1]!.train,
      validation_loss: done.best.loss,
      ...pace.totals(),
    },
  };
}

function requireEnough(parts: Record<string, Dataset>): void {
  for (const [name, part] of Object.entries(parts)) {
    const clicks = part.clicked.reduce((sum, clicked) => sum + clicked, 0);
    if (clicks > 0 && clicks < part.rows) continue;
    throw new TemperError('DATA_INSUFFICIENT', {
      where: `the ${name} part`,
      expected: 'rows with a click and rows without one',
      got: `${clicks} clicks in ${part.rows} rows`,
      next: 'Wait until more lists were shown',
    });
  }
}

function learnedFrom(part: Dataset): ColumnData[] {
  return Object.values(exampleColumns(part)).map(({ data }) => data);
}

function beginning(shape: RankerShape, clicks: number, seed: number): Done {
  const parameters = initialRanker(shape, clicks, random(seed));
  const slots = [new Float32Array(parameters.length), new Float32Array(parameters.length)];
  const best = { epoch: 0, loss: Number.POSITIVE_INFINITY, parameters: parameters.slice() };
  return { epoch: 0, state: { step: 0, parameters, slots }, best, losses: [] };
}

function clickRate({ clicked, rows }: Dataset): number {
  return clicked.reduce((sum, each) => sum + each, 0) / rows;
}

/** A feature that does not vary in training has scale 0: nothing was learned of it, so it may not speak. */
function standardOf({ features, featureNames, rows }: Dataset): Standard {
  const width = featureNames.length;
  const columns = featureNames.map((_, column) => {
    let [mean, squares] = [0, 0];
    // Welford's update (1962): the sum of squares around a mean that follows, exact also far from 0.
    for (let row = 0; row < rows; row++) {
      const away = features[row * width + column]! - mean;
      mean += away / (row + 1);
      squares += away * (features[row * width + column]! - mean);
    }
    const deviation = Math.sqrt(squares / rows);
    return { mean, scale: deviation > 1e-6 * Math.max(1, Math.abs(mean)) ? 1 / deviation : 0 };
  });
  return { mean: Float32Array.from(columns, each => each.mean), scale: Float32Array.from(columns, each => each.scale) };
}

function positionsOf({ position }: Dataset): number {
  return position.reduce((most, each) => Math.max(most, Math.min(Math.floor(each) + 1, MOST_POSITIONS)), 1);
}

/** The share of each position in the examples, positions beyond the last counted as the last. */
function frequenciesOf({ position, rows }: Dataset, positions: number): number[] {
  const counts = Array.from({ length: positions }, () => 0);
  for (const each of position) counts[Math.min(Math.max(Math.floor(each), 0), positions - 1)]!++;
  return counts.map(count => count / rows);
}
