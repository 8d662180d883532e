import { TemperError } from '../../schemas/errors.ts';
import type { Start, Told } from '../../schemas/models/models.ts';
import { encode } from '../graph/file/encode.ts';
import { mean } from '../graph/functions.ts';
import type { Provider } from '../graph/runtime.ts';
import { Batches, type ColumnData } from '../graph/training/batches.ts';
import { runName } from '../graph/training/checkpoint.ts';
import { adam } from '../graph/training/descent/optimisers.ts';
import { type EpochLosses, type FitProgress, type Fitted, fit } from '../graph/training/fit.ts';
import type { Parameters } from '../graph/training/parameters.ts';
import { inOrder, shuffled } from '../graph/training/plans.ts';
import { type FeatureHardening, hardened } from '../harden/feature-loss.ts';
import { type Privacy, privately, toldBy } from '../privacy/differential/private-training.ts';
import { type Random, random } from '../random.ts';
import { type Dataset, exampleColumns } from './dataset/dataset.ts';
import {
  clickRate,
  frequenciesOf,
  looksOf,
  positionsOf,
  requireEnough,
  standardOf,
  weightOf,
} from './dataset/statistics.ts';
import { openValidator } from './dataset/validator.ts';
import { exampleLosses, initialRanker, rankerParameters, servingRanker } from './ranker.ts';
import { beginning, type Forerunner } from './warm-start.ts';

export interface TrainOptions {
  seed: number;
  hidden?: readonly number[];
  learningRate?: number;
  batch?: number;
  /** At most so many; fewer where the validation loss has not fallen for `patience` of them. */
  epochs?: number;
  patience?: number;
  /** Against who moves features by events of his own; where it is not given, nothing is done about him. */
  hardening?: FeatureHardening;
  /** Hides each example behind noise; where it is not given, none is hidden. Not with hardening. */
  privacy?: Privacy | undefined;
  /** From whose parameters it begins, where they fit; see `beginning`. Not with privacy: what that one tells is not counted. */
  from?: Forerunner | undefined;
  /** Of batches and noise; a test's, for otherwise they are secret. */
  draws?: Random;
  /** More than one may change the last bits of the result. */
  threads?: number;
  providers?: readonly Provider[];
}

/** What a training of any kind tells while it goes on. */
export type TrainProgress = Pick<FitProgress, 'provider' | 'epoch' | 'epochs'> & {
  /** Null where examples are hidden. */
  loss: number | null;
};

export interface TrainHooks {
  onProgress?: (progress: Omit<FitProgress, 'loss'> & TrainProgress) => void;
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
  /** What it tells of an example, where these were hidden. */
  told?: Told;
  /** What became of a forerunner, where one was given. */
  start?: Start;
}

export type TrainMetrics = Record<
  | 'parameters'
  | 'epochs'
  | 'best_epoch'
  | 'resumed_epochs'
  | 'steps'
  | 'validation_loss'
  | 'seconds'
  | 'cpu_seconds'
  | 'samples_per_second',
  number
> & {
  /** Absent where examples were hidden: nobody bounds what it tells of one. */
  train_loss?: number;
};

const DEFAULTS = {
  hidden: [64, 32],
  learningRate: 1e-3,
  batch: 512,
  epochs: 20,
  patience: 3,
  threads: 1,
  providers: ['cpu'],
} as const satisfies Omit<TrainOptions, 'seed'>;

/** A step is small beside a run's own cost; with so many of them a cancelled training still ends at once. */
const STEPS_PER_RUN = 8;
const VALIDATION_ROWS = 4_096;

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
  const { draws, from, ...chosen } = given;
  const options = { ...DEFAULTS, ...chosen };
  requireEnough(parts);
  const { train, validation } = parts;
  const shape = { features: train.featureNames.length, hidden: options.hidden, positions: positionsOf(train) };
  const standard = standardOf(train);
  const losses = (parameters: Parameters) => exampleLosses(shape, standard, parameters);
  const { checkpointDir: directory, onProgress, signal } = hooks;
  const frequencies = frequenciesOf(train, shape.positions);
  const { parameters, start } = beginning(
    {
      ...{ vector: rankerParameters(shape), seed: options.seed, train, standard, frequencies },
      first: draws => initialRanker(shape, clickRate(train), draws, looksOf(train, shape.positions)),
      perceptron: { prefix: '', hidden: shape.hidden.length },
    },
    from,
  );
  const learned = [train, validation].flatMap(learnedFrom);
  const run = directory === undefined ? '' : runName({ ...options, shape }, [parameters, ...learned]);
  const held = {
    batches: new Batches(exampleColumns(validation)),
    plan: inOrder(validation.rows, VALIDATION_ROWS),
    weight: weightOf(validation),
  };
  const { privacy, batch } = options;
  if (privacy) requirePlain(options.hardening);
  const hidden = privacy && {
    ...{ losses, columns: exampleColumns(train), rows: train.rows, batch, parameters: rankerParameters(shape).size },
    ...(draws && { draws }),
  };
  const validator = await openValidator(rankerParameters(shape), losses, held, options);
  try {
    const fitted = await fit(
      {
        ...options,
        vector: rankerParameters(shape),
        loss: parameters => hardened(mean(losses(parameters)), train, options.hardening),
        optimiser: adam({ rate: options.learningRate }),
        start: parameters,
        columns: exampleColumns(train),
        plan: epoch => shuffled(train.rows, options.batch, random(options.seed, epoch)),
        validate: validator.loss,
        stepsPerRun: STEPS_PER_RUN,
        ...(privacy && hidden && privately(privacy, hidden)),
      },
      {
        ...(onProgress && { onProgress: seen => onProgress({ ...seen, loss: privacy ? null : seen.loss }) }),
        ...(signal && { signal }),
        ...(directory !== undefined && { checkpoints: { directory, run } }),
      },
    );
    return {
      model: encode(servingRanker(shape, standard, fitted.parameters, frequencies)),
      provider: fitted.provider,
      losses: fitted.losses,
      metrics: privacy ? withoutTrainLoss(metricsOf(fitted)) : metricsOf(fitted),
      ...(privacy && { told: toldBy(privacy, train.rows, batch, fitted.steps) }),
      ...(start && { start }),
    };
  } finally {
    await validator.release();
  }
}

/** What a training says of itself. */
export function metricsOf(fitted: Fitted): TrainMetrics {
  const { parameters, losses, best_epoch, resumed_epochs, steps, seconds, cpu_seconds, samples_per_second } = fitted;
  const best = losses[best_epoch - 1]!;
  return {
    parameters: parameters.length,
    epochs: losses.length,
    best_epoch,
    resumed_epochs,
    steps,
    train_loss: best.train,
    validation_loss: best.validation!,
    seconds,
    cpu_seconds,
    samples_per_second,
  };
}

/** It is of the examples themselves, without noise. */
function withoutTrainLoss({ train_loss: _, ...metrics }: TrainMetrics): TrainMetrics {
  return metrics;
}

function requirePlain(hardening: FeatureHardening | undefined): void {
  if (!hardening) return;
  throw new TemperError('CONFIG_INVALID', {
    where: 'TEMPER_DP_NOISE',
    expected: 'no hardening, whose changed examples are not hidden',
    got: 'TEMPER_HARDENING=on',
    next: 'Choose one of the two',
  });
}

function learnedFrom(part: Dataset): ColumnData[] {
  return Object.values(exampleColumns(part)).map(({ data }) => data);
}
