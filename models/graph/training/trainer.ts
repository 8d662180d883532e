import { TemperError } from '../../../schemas/errors.ts';
import { gradients } from '../gradients.ts';
import { graphOf } from '../graph.ts';
import { openSession, type Provider, type SessionOptions, type Value, value } from '../runtime.ts';
import { input, type Tensor } from '../tensor.ts';
import type { Optimiser } from './optimisers.ts';
import type { Parameters, ParameterVector } from './parameters.ts';

/** What a run carries from step to step; with it, and the same batches, it goes on to the same end. */
export interface TrainerState {
  step: number;
  parameters: Float32Array;
  slots: Float32Array[];
}

export interface Trainer {
  readonly provider: Provider;
  /** The state as of the last step. Its arrays are the trainer's own: copy what is to be kept. */
  readonly state: Readonly<TrainerState>;
  /**
   * One step on a batch.
   *
   * @returns the loss before the step
   * @throws TRAINING_DIVERGED where the loss is not finite; the state is then that of the step before
   */
  step(batch: Readonly<Record<string, Value>>): Promise<number>;
  release(): Promise<void>;
}

/**
 * Makes a training graph of a loss, its gradients and an optimiser, and opens a session on it.
 *
 * The state lies in two sets of buffers that change places with every step, so nothing is allocated while training.
 *
 * @param loss the scalar loss as a function of the parameters; its other inputs are fed with each batch
 * @param state taken over: its arrays are written to
 */
export async function createTrainer(
  vector: ParameterVector,
  loss: (parameters: Parameters) => Tensor,
  optimiser: Optimiser,
  state: TrainerState,
  options: SessionOptions = {},
): Promise<Trainer> {
  const session = await openSession(trainingGraph(vector, loss, optimiser), options);
  const names = ['parameters', ...optimiser.slots];
  const [rate, epsilon, lossOut] = [new Float32Array(1), new Float32Array(1), new Float32Array(1)];
  const schedule = { rate: value('float32', rate, []), epsilon: value('float32', epsilon, []) };
  const result = { loss: value('float32', lossOut, []) };
  let step = state.step;
  let now = buffers(names, [state.parameters, ...state.slots]);
  let next = buffers(
    names,
    names.map(() => new Float32Array(vector.size)),
  );

  return {
    provider: session.provider,
    get state() {
      const [parameters, ...slots] = now.arrays as [Float32Array, ...Float32Array[]];
      return { step, parameters, slots };
    },
    step: async batch => {
      const scheduled = optimiser.schedule(step + 1);
      rate[0] = scheduled.rate;
      epsilon[0] = scheduled.epsilon;
      await session.run({ ...batch, ...schedule, ...now.feeds }, { ...result, ...next.results });
      const loss = lossOut[0]!;
      if (!Number.isFinite(loss)) throw diverged(step + 1, loss);
      [now, next] = [next, now];
      step += 1;
      return loss;
    },
    release: () => session.release(),
  };
}

function trainingGraph(vector: ParameterVector, loss: (parameters: Parameters) => Tensor, optimiser: Optimiser) {
  const parameters = input('parameters', 'float32', [vector.size]);
  const slices = vector.slices(parameters);
  const objective = loss(slices);
  const updated = optimiser.update({
    parameters,
    gradient: vector.join(gradients(objective, Object.values(slices))),
    slots: optimiser.slots.map(slot => input(slot, 'float32', [vector.size])),
    rate: input('rate', 'float32', []),
    epsilon: input('epsilon', 'float32', []),
  });
  return graphOf({
    loss: objective,
    'next.parameters': updated.parameters,
    ...Object.fromEntries(optimiser.slots.map((slot, place) => [`next.${slot}`, updated.slots[place]!])),
  });
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

function diverged(step: number, loss: number): TemperError {
  return new TemperError('TRAINING_DIVERGED', {
    where: `step ${step}`,
    expected: 'a finite loss',
    got: String(loss),
    next: 'Lower the learning rate, or look for extreme values in the features of this batch',
  });
}
