import { TemperError } from '../../schemas/errors.ts';
import { encode } from '../graph/file/encode.ts';
import { mean } from '../graph/functions.ts';
import type { Provider } from '../graph/runtime.ts';
import type { ColumnData } from '../graph/training/batches.ts';
import { runName } from '../graph/training/checkpoint.ts';
import { type EpochLosses, type FitProgress, fit } from '../graph/training/fit.ts';
import { adam } from '../graph/training/optimisers.ts';
import type { Parameters } from '../graph/training/parameters.ts';
import { shuffled } from '../graph/training/plans.ts';
import { random } from '../random.ts';
import { type Dataset, exampleColumns } from './dataset.ts';
import { exampleLosses, initialRanker, rankerParameters, type Standard, servingRanker } from './ranker.ts';
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
  onProgress?: (progress: FitProgress) => void;
  /** Stops training before the next step, with the signal's reason. */
  signal?: AbortSignal;
  /** Where a checkpoint is written after each epoch, and from which one of the same run goes on. */
  checkpointDir?: string;
}

export interface TrainedRanker {
  /** An ONNX file: `features` [N, F] -> `score` [N], a logit, and `probability` [N]. */
  model: Uint8Array;
  provider: Provider;
  losses: readonly EpochLosses[];
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
/** A step is small beside a run's own cost; with so many of them a cancelled training still ends at once. */
const STEPS_PER_RUN = 8;

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
  const { checkpointDir: directory, ...watching } = hooks;
  const run = directory === undefined ? '' : runName({ ...options, shape }, [train, validation].flatMap(learnedFrom));
  const validator = await openValidator(rankerParameters(shape), losses, validation, options);
  try {
    const fitted = await fit(
      {
        ...options,
        vector: rankerParameters(shape),
        loss: parameters => mean(losses(parameters)),
        optimiser: adam({ rate: options.learningRate }),
        start: initialRanker(shape, clickRate(train), random(options.seed)),
        columns: exampleColumns(train),
        plan: epoch => shuffled(train.rows, options.batch, random(options.seed, epoch)),
        validate: validator.loss,
        stepsPerRun: STEPS_PER_RUN,
      },
      { ...watching, ...(directory !== undefined && { checkpoints: { directory, run } }) },
    );
    const { parameters, provider, best_epoch } = fitted;
    const best = fitted.losses[best_epoch - 1]!;
    return {
      model: encode(servingRanker(shape, standard, parameters, frequenciesOf(train, shape.positions))),
      provider,
      losses: fitted.losses,
      metrics: {
        parameters: parameters.length,
        epochs: fitted.losses.length,
        best_epoch,
        resumed_epochs: fitted.resumed_epochs,
        steps: fitted.steps,
        train_loss: best.train,
        validation_loss: best.validation!,
        seconds: fitted.seconds,
        cpu_seconds: fitted.cpu_seconds,
        samples_per_second: fitted.samples_per_second,
      },
    };
  } finally {
    await validator.release();
  }
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
