import * as f from '../graph/functions.ts';
import { gradients } from '../graph/gradients.ts';
import { graphOf } from '../graph/graph.ts';
import { rewrite } from '../graph/rewrite.ts';
import { scalar, type Tensor } from '../graph/tensor.ts';
import { type Norm, project, steepest } from './norms.ts';

/** What an attacker may do to each row of a tensor [N, ...], and what for. */
export interface Attack {
  readonly norm: Norm;
  /** The greatest size of a row's change, 0 or more; a tensor [] or [N, 1] where it is fed. */
  readonly budget: f.Operand;
  /**
   * In what the change of each element is measured, such as the deviations of features; it broadcasts to the rows, and
   * where it is 0, nothing changes. 1 if not said.
   */
  readonly unit?: f.Operand;
  /** Bounds of the values themselves, such as 0 and 1 for pixels; what lies beyond one already, gets no further. */
  readonly low?: f.Operand;
  readonly high?: f.Operand;
  /** Whether the loss is brought down, towards the labels that were given, instead of up. */
  readonly targeted?: boolean;
}

export interface IteratedAttack extends Attack {
  readonly steps: number;
  /** How far a step goes, in the norm; 2.5 budgets divided by the steps, if not said, so that all of the ball is in reach. */
  readonly stepSize?: f.Operand;
  /** Where to begin, for each of the tensors: of its shape, from -1 to 1, which is scaled by the budget. */
  readonly start?: readonly Tensor[];
}

export interface Attacked {
  /** What was perturbed, in the order in which it was given. */
  readonly adversarial: readonly Tensor[];
  readonly loss: Tensor;
  /** The loss with the perturbed tensors in their places. */
  readonly attackedLoss: Tensor;
}

/**
 * The fast gradient sign method, for any norm: one step of the whole budget along which the loss grows fastest
 * (Goodfellow, Shlens and Szegedy, "Explaining and harnessing adversarial examples", ICLR 2015, section 4). On embeddings
 * with the norm l2 it is known as FGM (Miyato, Dai and Goodfellow, ICLR 2017, equation 5).
 *
 * @param loss a scalar to which each row contributes on its own
 * @param tensors float tensors [N, ...], inputs or any within the graph, none computed from another
 */
export function fgsm(loss: Tensor, tensors: readonly Tensor[], attack: Attack): Attacked {
  return pgd(loss, tensors, { ...attack, steps: 1, stepSize: attack.budget });
}

/**
 * Projected gradient descent (Madry et al., "Towards deep learning models resistant to adversarial attacks", ICLR 2018,
 * section 2.1): steps as above, each followed by the way back to the nearest change within the budget. All of them are
 * in one graph. Where the graph is trained, the change counts as constant, and gradients go through the tensor it is
 * added to.
 *
 * @param loss a scalar to which each row contributes on its own
 * @param tensors float tensors [N, ...], inputs or any within the graph, none computed from another
 */
export function pgd(loss: Tensor, tensors: readonly Tensor[], attack: IteratedAttack): Attacked {
  const places = tensors.map(tensor => placeOf(tensor, attack));
  let changes = attack.start?.map((start, each) => places[each]!.begin(start));
  for (let step = 0; step < attack.steps; step++) {
    const here = changes ? changes.map((change, each) => places[each]!.moved(change)) : tensors;
    const slopes = gradients(withInPlace(loss, tensors, here), here);
    changes = slopes.map((slope, each) => places[each]!.advance(slope, changes?.[each]));
  }
  const adversarial = changes?.map((change, each) => places[each]!.moved(change)) ?? tensors;
  return { adversarial, loss, attackedLoss: withInPlace(loss, tensors, adversarial) };
}

/** The loss with some tensors of its graph replaced. */
function withInPlace(loss: Tensor, tensors: readonly Tensor[], others: readonly Tensor[]): Tensor {
  const places = new Map(tensors.map((tensor, each) => [tensor, others[each]!]));
  return rewrite(graphOf({ loss }), (was, now) => places.get(was) ?? now).outputs.loss!;
}

/** Changes of a tensor are rows [N, K] in units of the attack, within its budget; where there are bounds, within them. */
interface Place {
  begin(start: Tensor): Tensor;
  /** The change after a step that the gradient at the changed tensor points to. */
  advance(gradient: Tensor, change: Tensor | undefined): Tensor;
  moved(change: Tensor): Tensor;
}

function placeOf(tensor: Tensor, attack: IteratedAttack): Place {
  const operand = (given: f.Operand) => (typeof given === 'number' ? scalar(given, tensor.dtype) : given);
  const budget = operand(attack.budget);
  const stepSize = operand(attack.stepSize ?? f.div(budget, attack.steps / 2.5));
  const sign = attack.targeted ? -1 : 1;
  const asRows = (x: Tensor) => f.reshape(x, [0, -1]);
  const inShape = (rows: Tensor) => f.reshape(rows, f.shapeOf(tensor));

  const bounded = (moved: Tensor) => {
    const above = attack.low === undefined ? moved : f.max(moved, f.stopGradient(f.min(tensor, operand(attack.low))));
    return attack.high === undefined ? above : f.min(above, f.stopGradient(f.max(tensor, operand(attack.high))));
  };
  const moved = (change: Tensor) => bounded(f.add(tensor, f.stopGradient(inUnits(inShape(change), attack.unit))));
  const isBoxed = attack.low !== undefined || attack.high !== undefined;
  // What the bounds took away is given back to the budget.
  const left = (change: Tensor) =>
    isBoxed ? asRows(outOfUnits(f.sub(moved(change), tensor), attack.unit, tensor)) : change;

  return {
    moved,
    begin: start => left(project(asRows(f.mul(start, budget)), attack.norm, budget)),
    advance: (gradient, change) => {
      const step = f.mul(steepest(asRows(inUnits(gradient, attack.unit)), attack.norm), f.mul(stepSize, sign));
      return left(project(change ? f.add(change, step) : step, attack.norm, budget));
    },
  };
}

function inUnits(x: Tensor, unit: f.Operand | undefined): Tensor {
  return unit === undefined ? x : f.mul(x, unit);
}

function outOfUnits(x: Tensor, unit: f.Operand | undefined, { dtype }: Tensor): Tensor {
  if (unit === undefined) return x;
  const whole = typeof unit === 'number' ? scalar(unit, dtype) : unit;
  const some = f.greater(whole, 0);
  return f.where(some, f.div(x, f.where(some, whole, 1)), 0);
}
