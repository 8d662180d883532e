import { TemperError } from '../../../schemas/errors.ts';
import { openSession, type Provider, type SessionOptions, type Value, value } from '../runtime.ts';
import type { Tensor } from '../tensor.ts';
import type { GradientTransform } from './descent/clipping.ts';
import type { Optimiser } from './descent/optimisers.ts';
import { createLookups, type LearnedTable } from './lookups.ts';
import type { Parameters, ParameterVector } from './parameters.ts';
import { Stack } from './stack.ts';
import { type ParameterGroup, SCALARS, stepGraph, stepsGraph } from './step.ts';

/** What a run carries from step to step; with it, and the same batches, it goes on to the same end. */
export interface TrainerState {
  step: number;
  parameters: Float32Array;
  slots: Float32Array[];
}

/** Values for the inputs of the loss; for that of a table, the ids of its rows, int32. */
export type Feeds = Readonly<Record<string, Value>>;

export interface TrainerOptions extends SessionOptions {
  readonly clip?: GradientTransform;
  readonly groups?: readonly ParameterGroup[];
  /** By the name of the loss's input that takes their rows. */
  readonly tables?: Readonly<Record<string, LearnedTable>>;
  /**
   * Steps that ONNX Runtime makes by itself before it returns: more than one pays where a step takes less than a
   * millisecond, or where the state would have to be copied to a GPU and back for each. Not with tables.
   */
  readonly stepsPerRun?: number;
}

export interface Trainer {
  readonly provider: Provider;
  /** The state as of the last step. Its arrays are the trainer's own: copy what is to be kept. */
  readonly state: Readonly<TrainerState>;
  /**
   * One step on a batch.
   *
   * @returns the loss before the step
   * @throws TRAINING_DIVERGED where the loss, or what would come of the step, is not finite; the state is then that of
   *   the step before
   */
  step(batch: Feeds): Promise<number>;
  /**
   * A step on each batch, `stepsPerRun` of them at a time. A batch is read before the next is asked for.
   *
   * @returns the losses before the steps
   * @throws TRAINING_DIVERGED as `step` does; the state is then that of before the run
   */
  steps(batches: Iterable<Feeds>): Promise<number[]>;
  release(): Promise<void>;
}

/** A state to begin with. */
export function initialState(optimiser: Optimiser, parameters: Float32Array): TrainerState {
  return { step: 0, parameters, slots: optimiser.slots.map(() => new Float32Array(parameters.length)) };
}

/**
 * Makes a training graph of a loss, its gradients and an optimiser, and opens a session on it.
 *
 * The state lies in two sets of buffers that change places with every run, so nothing is allocated while training.
 *
 * @param loss the scalar loss as a function of the parameters; its other inputs are fed with each batch
 * @param state taken over: its arrays are written to
 */
export async function createTrainer(
  vector: ParameterVector,
  loss: (parameters: Parameters) => Tensor,
  optimiser: Optimiser,
  state: TrainerState,
  { clip, groups, tables = {}, stepsPerRun = 1, ...options }: TrainerOptions = {},
): Promise<Trainer> {
  requireFit(vector, optimiser, state, Object.keys(tables), stepsPerRun);
  const several = stepsPerRun > 1;
  const how = { ...(clip && { clip }), ...(groups && { groups }) };
  const graph = stepGraph({ vector, loss, optimiser, ...how, rows: Object.keys(tables) });
  const session = await openSession(several ? stepsGraph(graph, optimiser.slots.length) : graph, options);
  const taken = new Set(session.inputs.map(({ name }) => name));
  const names = ['parameters', ...optimiser.slots];
  const lookups = createLookups(tables);
  const stack = new Stack(stepsPerRun);
  let step = state.step;
  let now = buffers(names, [state.parameters, ...state.slots]);
  let next = buffers(
    names,
    names.map(() => new Float32Array(vector.size)),
  );

  async function run(feeds: Feeds, count: number, gradients: Readonly<Record<string, Value>> = {}): Promise<number[]> {
    const dims = several ? [count] : [];
    const scalars = scheduled(optimiser, step, count);
    const fed = SCALARS.filter(name => taken.has(name)).map(name => [name, value('float32', scalars[name], dims)]);
    const [losses, sums] = [new Float32Array(count), new Float32Array(count)];
    const results = { loss: value('float32', losses, dims), sum: value('float32', sums, dims) };
    await session.run(
      { ...feeds, ...Object.fromEntries(fed), ...now.feeds },
      { ...results, ...gradients, ...next.results },
    );
    requireFinite(step, losses, sums);
    [now, next] = [next, now];
    step += count;
    return [...losses];
  }

  async function one(batch: Feeds): Promise<number[]> {
    const { rows, gradients } = lookups.of(batch);
    const losses = await run({ ...batch, ...rows }, 1, gradients);
    lookups.update(step);
    return losses;
  }

  async function stacked(batches: Iterable<Feeds>): Promise<number[]> {
    // Where the batches of an earlier call failed midway, some may have been left.
    stack.count = 0;
    const losses: number[] = [];
    const flush = async () => {
      const { count } = stack;
      losses.push(...(await run(stack.take(), count)));
    };
    for (const batch of batches) {
      if (!stack.takes(batch)) await flush();
      stack.push(batch);
    }
    if (stack.count > 0) await flush();
    return losses;
  }

  async function singly(batches: Iterable<Feeds>): Promise<number[]> {
    const losses: number[] = [];
    for (const batch of batches) losses.push(...(await one(batch)));
    return losses;
  }

  const steps = several ? stacked : singly;
  return {
    provider: session.provider,
    get state() {
      const [parameters, ...slots] = now.arrays as [Float32Array, ...Float32Array[]];
      return { step, parameters, slots };
    },
    step: async batch => (await steps([batch]))[0]!,
    steps,
    release: () => session.release(),
  };
}

/** What the optimiser says of the next steps, each scalar as an array. */
function scheduled(optimiser: Optimiser, step: number, count: number): Record<(typeof SCALARS)[number], Float32Array> {
  const schedules = Array.from({ length: count }, (_, k) => optimiser.schedule(step + 1 + k));
  const all = (name: (typeof SCALARS)[number]) => Float32Array.from(schedules, schedule => schedule[name]);
  return { rate: all('rate'), epsilon: all('epsilon'), decay: all('decay') };
}

/** Arrays as the values that a step reads and those that it writes. */
function buffers(names: readonly string[], arrays: readonly Float32Array[]) {
  const values = arrays.map(array => value('float32', array, [array.length]));
  return {
    arrays,
    feeds: Object.fromEntries(names.map((name, place) => [name, values[place]!])),
    results: Object.fromEntries(names.map((name, place) => [`next.${name}`, values[place]!])),
  };
}

function requireFit(
  vector: ParameterVector,
  { slots }: Optimiser,
  state: TrainerState,
  tables: readonly string[],
  stepsPerRun: number,
): void {
  const sizes = [state.parameters, ...state.slots].map(({ length }) => length);
  if (sizes.length !== 1 + slots.length || sizes.some(size => size !== vector.size)) {
    throw new TemperError('INPUT_INVALID', {
      where: 'the state of a training',
      expected: `parameters and ${slots.length} slots of ${vector.size} numbers`,
      got: sizes.join(', '),
    });
  }
  if (stepsPerRun > 1 && tables.length > 0) {
    throw new TemperError('INPUT_INVALID', {
      where: 'a trainer',
      expected: `one step a run, since the tables ${tables.join(', ')} change after each`,
      got: `${stepsPerRun} steps a run`,
    });
  }
}

function requireFinite(step: number, losses: Float32Array, sums: Float32Array): void {
  for (const [k, loss] of losses.entries()) {
    if (Number.isFinite(loss) && Number.isFinite(sums[k])) continue;
    const came = !Number.isFinite(loss);
    throw new TemperError('TRAINING_DIVERGED', {
      where: `step ${step + 1 + k}`,
      expected: came ? 'a finite loss' : 'finite parameters, and slots of the optimiser, after the step',
      got: came ? String(loss) : `a sum of ${sums[k]}`,
      next: 'Lower the learning rate, or look for extreme values in the features of this batch',
    });
  }
}
