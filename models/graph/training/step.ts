import { applyAll } from '../apply.ts';
import { add, concat, mul, split, sum } from '../functions.ts';
import { gradients } from '../gradients.ts';
import { graphOf } from '../graph.ts';
import { type Graph, input, type Tensor } from '../tensor.ts';
import { graphError, ordered } from '../walk.ts';
import type { GradientTransform } from './descent/clipping.ts';
import type { Optimiser, StepScalars } from './descent/optimisers.ts';
import type { Parameters, ParameterVector } from './parameters.ts';

/** What a training step consists of. */
export interface StepPlan {
  readonly vector: ParameterVector;
  /** The scalar loss as a function of the parameters; its other inputs are fed with each batch. */
  readonly loss: (parameters: Parameters) => Tensor;
  readonly optimiser: Optimiser;
  readonly clip?: GradientTransform;
  /** The first that matches a parameter's name counts for it. */
  readonly groups?: readonly ParameterGroup[];
  /** Inputs of the loss whose gradients are asked for, as outputs named `gradient.NAME`. */
  readonly rows?: readonly string[];
}

/** Parameters that are learned otherwise than the rest. */
export interface ParameterGroup {
  readonly match: RegExp;
  /** Of the optimiser's rate; at 0 the parameters stay as they are and their gradients are not computed. */
  readonly rate?: number;
  /** Of the optimiser's decay. */
  readonly decay?: number;
}

/** Names of the scalars that are fed with every step. */
export const SCALARS = ['rate', 'epsilon', 'decay'] as const satisfies readonly (keyof StepScalars)[];

/**
 * A training step as a graph. It takes `parameters`, the optimiser's slots, its scalars as far as it uses them, and the
 * other inputs of the loss; it gives `next.parameters`, `next.SLOT`, `loss`, `gradient.NAME` for each of `rows`, and
 * `sum`, of all new parameters, slots and gradients of rows, which is finite only if all of them are.
 */
export function stepGraph(plan: StepPlan): Graph {
  const { vector, optimiser, rows = [] } = plan;
  const parameters = input('parameters', 'float32', [vector.size]);
  const slots = optimiser.slots.map(slot => input(slot, 'float32', [vector.size]));
  const slices = vector.slices(parameters);
  const loss = plan.loss(slices);
  const learned = vector.names.filter(name => groupOf(plan, name).rate !== 0);
  const looked = rows.map(name => inputNamed(name, loss));
  const slopes = gradients(loss, [...learned.map(name => slices[name]!), ...looked]);

  const gradient = vector.join(slopes.slice(0, learned.length));
  const next = updated(plan, parameters, slots, plan.clip ? plan.clip(gradient) : gradient);
  const rowGradients = slopes.slice(learned.length);
  const outputs = {
    'next.parameters': next.parameters,
    ...Object.fromEntries(optimiser.slots.map((slot, place) => [`next.${slot}`, next.slots[place]!])),
    loss,
    sum: [next.parameters, ...next.slots, ...rowGradients].map(each => sum(each)).reduce(add),
    ...Object.fromEntries(rows.map((name, place) => [`gradient.${name}`, rowGradients[place]!])),
  };
  return graphOf(outputs, [parameters, ...slots]);
}

/**
 * Several steps in one run: the step as the body of a Scan, which carries parameters and slots from one to the next.
 * Scalars and batches have a first axis K for the steps, and so have `loss` and `sum`.
 */
export function stepsGraph(step: Graph, slots: number): Graph {
  const states = step.inputs.slice(0, 1 + slots);
  const perStep = step.inputs.slice(1 + slots);
  const outer = [
    ...states.map(state => input(nameOf(state), state.dtype, state.shape)),
    ...perStep.map(each => input(nameOf(each), each.dtype, ['K', ...each.shape])),
  ];
  const outputs = applyAll('Scan', outer, { body: step, num_scan_inputs: perStep.length });
  return graphOf(Object.fromEntries(Object.keys(step.outputs).map((name, place) => [name, outputs[place]!])));
}

/** Each stretch of parameters of one group moved by the optimiser, and put together again. */
function updated(
  plan: StepPlan,
  parameters: Tensor,
  slots: readonly Tensor[],
  gradient: Tensor,
): { parameters: Tensor; slots: Tensor[] } {
  const [rate, epsilon, decay] = SCALARS.map(name => input(name, 'float32', [])) as [Tensor, Tensor, Tensor];
  const stretches = plan.vector.stretches(name => groupOf(plan, name));
  const moving = stretches.filter(({ kind }) => kind.rate !== 0);
  const gradientParts = parts(gradient, moving);
  const stateParts = [parameters, ...slots].map(each => parts(each, stretches));

  const next = stretches.map((stretch, place) => {
    const [own, ...ownSlots] = stateParts.map(each => each[place]!) as [Tensor, ...Tensor[]];
    const { kind } = stretch;
    if (kind.rate === 0) return [own, ...ownSlots];
    const moved = plan.optimiser.update({
      parameters: own,
      slots: ownSlots,
      gradient: gradientParts[moving.indexOf(stretch)]!,
      rate: times(rate, kind.rate),
      decay: times(decay, kind.decay),
      epsilon,
    });
    return [moved.parameters, ...moved.slots];
  });
  const [whole, ...wholeSlots] = stateParts.map((_, state) => rejoined(next.map(each => each[state]!)));
  return { parameters: whole!, slots: wholeSlots };
}

const OTHERWISE: ParameterGroup = { match: /^/ };

function groupOf({ groups = [] }: StepPlan, name: string): ParameterGroup {
  return groups.find(({ match }) => match.test(name)) ?? OTHERWISE;
}

function parts(x: Tensor, stretches: readonly { size: number }[]): readonly Tensor[] {
  const sizes = stretches.map(({ size }) => size);
  return sizes.length === 1 ? [x] : split(x, sizes, 0);
}

function rejoined(parts: readonly Tensor[]): Tensor {
  return parts.length === 1 ? parts[0]! : concat(parts, 0);
}

function times(scalar: Tensor, factor = 1): Tensor {
  return factor === 1 ? scalar : mul(scalar, factor);
}

function inputNamed(name: string, loss: Tensor): Tensor {
  const found = ordered([loss]).find(({ origin }) => origin.kind === 'input' && origin.name === name);
  if (found) return found;
  throw graphError('a training step', [loss], { expected: `a loss with the input ${name}`, got: 'one without' });
}

function nameOf({ origin }: Tensor): string {
  return origin.kind === 'input' ? origin.name : '';
}
