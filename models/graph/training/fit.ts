import { TemperError } from '../../../schemas/errors.ts';
import type { Provider } from '../runtime.ts';
import type { Tensor } from '../tensor.ts';
import { type Batch, Batches, type BatchSource, type Columns } from './batches.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { type AverageState, MovingAverage } from './descent/average.ts';
import type { Optimiser } from './descent/optimisers.ts';
import { Pace } from './pace.ts';
import type { Parameters, ParameterVector } from './parameters.ts';
import type { Plan } from './plans.ts';
import type { TableState } from './tables/table.ts';
import { createTrainer, type Feeds, initialState, type TrainerOptions, type TrainerState } from './trainer.ts';

/** What is to be learned, from what, and for how long. */
export interface Training extends TrainerOptions {
  readonly vector: ParameterVector;
  /** The scalar loss as a function of the parameters; its other inputs have the names of the columns. */
  readonly loss: (parameters: Parameters) => Tensor;
  readonly optimiser: Optimiser;
  /** The parameters to begin with; taken over. */
  readonly start: Float32Array;
  readonly columns: Columns | BatchSource;
  /** The batches of an epoch, counted from 0: the same whenever it is asked. */
  readonly plan: (epoch: number) => Plan;
  readonly epochs: number;
  /** What is to become small, after each epoch; the parameters with the least are the result. */
  readonly validate?: (parameters: Float32Array) => Promise<number>;
  /** Epochs without a new least after which training ends. */
  readonly patience?: number;
  /** Of a moving average of the parameters, which is validated and given back in their place; see `MovingAverage`. */
  readonly averageDecay?: number;
}

export interface FitHooks {
  /** At most twice a second, and after each epoch. */
  onProgress?: (progress: FitProgress) => void;
  /** After each run, with the loss of each of its steps. */
  onSteps?: (losses: readonly number[]) => void;
  /** Stops before the next run, with the signal's reason. */
  signal?: AbortSignal;
  /** Where checkpoints are kept, and from which one of the same run goes on. */
  checkpoints?: Checkpoints;
}

export interface Checkpoints {
  readonly directory: string;
  /** Names all that the result depends on; see `runName`. */
  readonly run: string;
  /** One is written after each epoch, and within an epoch after so many steps or seconds. */
  readonly everySteps?: number;
  readonly everySeconds?: number;
}

export interface FitProgress {
  readonly provider: Provider;
  /** Counted from 1. */
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  /** Mean of the epoch up to now, by rows. */
  readonly loss: number;
  /** Of the last whole epoch. */
  readonly validation_loss: number | null;
  readonly samples_per_second: number;
}

export interface Fitted {
  readonly provider: Provider;
  /** Whole epochs that were found done in a checkpoint. */
  readonly resumed_epochs: number;
  /** Those of the best epoch where there is validation, else the last. */
  readonly parameters: Float32Array;
  /** Likewise the values of the tables, by name. */
  readonly tables: Readonly<Record<string, Float32Array>>;
  readonly best_epoch: number;
  readonly losses: readonly EpochLosses[];
  readonly steps: number;
  /** Steps that were found done in a checkpoint. */
  readonly resumed_steps: number;
  readonly seconds: number;
  readonly cpu_seconds: number;
  readonly samples_per_second: number;
}

/** Of an epoch: the mean loss of its rows, and what `validate` gave. */
export interface EpochLosses {
  readonly train: number;
  readonly validation: number | null;
}

/** All that training needs in order to go on as if it had not been stopped. */
interface Done {
  /** Whole epochs. */
  epoch: number;
  /** Of the next epoch: its batches and rows, and the sum of the rows' losses. */
  batches: number;
  rows: number;
  total: number;
  losses: EpochLosses[];
  best: Best | null;
  trainer: TrainerState;
  tables: Record<string, TableState>;
  average: AverageState | null;
}

interface Best {
  epoch: number;
  loss: number;
  parameters: Float32Array;
  tables: Record<string, Float32Array>;
}

/**
 * Trains over epochs of batches, validates, stops where that does not get better, and keeps checkpoints. Killed at any
 * moment and started again with the same training, it goes on from the last checkpoint to the same bits as if nothing
 * had happened; on one thread, that is, since several may add in another order each time.
 *
 * @throws TRAINING_DIVERGED with the step, the batch and the last checkpoint; DISK_FULL, the checkpoint before it being
 *   whole; what `validate` throws, or the signal's reason
 */
export async function fit(training: Training, hooks: FitHooks = {}): Promise<Fitted> {
  const { checkpoints, signal, onProgress, onSteps } = hooks;
  const { vector, loss, optimiser, epochs, patience = Number.POSITIVE_INFINITY, stepsPerRun = 1 } = training;
  const batches = isSource(training.columns) ? training.columns : new Batches(training.columns);
  const tables = Object.entries(training.tables ?? {}).map(([name, { table }]) => [name, table] as const);
  const found = checkpoints && (await readCheckpoint<Done>(checkpoints.directory, checkpoints.run));
  const done = found ?? beginning(training);
  if (found) for (const [name, table] of tables) table.restore(found.tables[name]!);
  const resumed = { resumed_steps: done.trainer.step, resumed_epochs: done.epoch };
  const saved = { step: done.trainer.step, at_ms: performance.now() };
  const average = done.average ? new MovingAverage(done.average, training.averageDecay) : undefined;
  const trainer = await createTrainer(vector, loss, optimiser, done.trainer, training);
  const learned = () => average?.values ?? trainer.state.parameters;
  const pace = new Pace();

  async function finishEpoch(): Promise<void> {
    const plan = training.plan(done.epoch);
    const rest = batches.of(plan, done.batches)[Symbol.iterator]();
    while (done.batches < plan.ends.length) {
      signal?.throwIfAborted();
      const rows: number[] = [];
      const losses = await stepsOf(rest, rows);
      const before = done.rows;
      for (const [k, each] of losses.entries()) {
        done.total += each * rows[k]!;
        done.rows += rows[k]!;
      }
      done.batches += losses.length;
      average?.follow(trainer.state.parameters);
      onSteps?.(losses);
      if (isDue()) await save();
      if (pace.count(done.rows - before)) report(done.epoch + 1, done.total / done.rows);
    }
  }

  async function stepsOf(rest: Iterator<Batch>, rows: number[]): Promise<number[]> {
    try {
      return await trainer.steps(taken(rest, stepsPerRun, rows));
    } catch (cause) {
      if (cause instanceof TemperError && cause.code === 'TRAINING_DIVERGED') throw diverged(cause, rows.length);
      throw cause;
    }
  }

  async function endEpoch(): Promise<void> {
    const train = done.total / done.rows;
    const validation = training.validate ? await training.validate(learned()) : null;
    if (validation !== null) requireFinite(validation, done.epoch + 1);
    done.losses.push({ train, validation });
    Object.assign(done, { epoch: done.epoch + 1, batches: 0, rows: 0, total: 0 });
    if (validation !== null && validation < (done.best?.loss ?? Number.POSITIVE_INFINITY)) {
      const values = Object.fromEntries(tables.map(([name, table]) => [name, table.values.slice()]));
      done.best = { epoch: done.epoch, loss: validation, parameters: learned().slice(), tables: values };
    }
    await save();
    report(done.epoch, train);
  }

  function isDue(): boolean {
    const { everySteps = Number.POSITIVE_INFINITY, everySeconds = Number.POSITIVE_INFINITY } = checkpoints ?? {};
    const seconds = (performance.now() - saved.at_ms) / 1_000;
    return trainer.state.step - saved.step >= everySteps || seconds >= everySeconds;
  }

  async function save(): Promise<void> {
    if (!checkpoints) return;
    const states = Object.fromEntries(tables.map(([name, table]) => [name, table.state]));
    const now: Done = { ...done, trainer: trainer.state, tables: states, average: average?.state ?? null };
    await writeCheckpoint(checkpoints.directory, checkpoints.run, now);
    Object.assign(saved, { step: trainer.state.step, at_ms: performance.now() });
  }

  function report(epoch: number, mean: number): void {
    onProgress?.({
      provider: trainer.provider,
      epoch,
      epochs,
      step: trainer.state.step,
      loss: mean,
      validation_loss: done.losses.at(-1)?.validation ?? null,
      samples_per_second: pace.samples_per_second,
    });
  }

  function diverged({ detail }: TemperError, count: number): TemperError {
    const [first, last] = [done.batches + 1, done.batches + count];
    const which = first === last ? `batch ${first}` : `batches ${first} to ${last}`;
    const kept = checkpoints && saved.step > 0 ? `; step ${saved.step} is kept in ${checkpoints.directory}` : '';
    return new TemperError('TRAINING_DIVERGED', {
      ...detail,
      where: `${detail.where}, ${which} of epoch ${done.epoch + 1}`,
      next: `${detail.next}${kept}`,
    });
  }

  try {
    while (done.epoch < epochs && done.epoch - (done.best?.epoch ?? done.epoch) < patience) {
      await finishEpoch();
      await endEpoch();
    }
    const { step } = trainer.state;
    const last = {
      epoch: done.epoch,
      parameters: learned(),
      tables: Object.fromEntries(tables.map(([name, table]) => [name, table.values])),
    };
    const { epoch, ...result } = done.best ?? last;
    return {
      provider: trainer.provider,
      ...result,
      best_epoch: epoch,
      losses: done.losses,
      steps: step,
      ...resumed,
      ...pace.totals(),
    };
  } finally {
    await trainer.release();
  }
}

function isSource(columns: Columns | BatchSource): columns is BatchSource {
  return typeof columns.of === 'function';
}

function requireFinite(validation: number, epoch: number): void {
  if (Number.isFinite(validation)) return;
  throw new TemperError('TRAINING_DIVERGED', {
    where: `validation after epoch ${epoch}`,
    expected: 'a finite loss',
    got: String(validation),
    next: 'Lower the learning rate, or look at the examples that are held out, and at their weights',
  });
}

function beginning({ optimiser, start, averageDecay }: Training): Done {
  const average = averageDecay === undefined ? null : { step: 0, values: new Float32Array(start.length) };
  const nothing = { epoch: 0, batches: 0, rows: 0, total: 0, losses: [], best: null, tables: {} };
  return { ...nothing, trainer: initialState(optimiser, start), average };
}

/** The feeds of the next batches, whose numbers of rows are noted. */
function* taken(batches: Iterator<Batch>, count: number, rows: number[]): Iterable<Feeds> {
  for (let k = 0; k < count; k++) {
    const next = batches.next();
    if (next.done) return;
    rows.push(next.value.rows);
    yield next.value.feeds;
  }
}
