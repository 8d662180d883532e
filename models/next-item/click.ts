import type { RankerBatch } from '../ranker/model.ts';
import type { BlendSettings } from './tables.ts';

type Click = BlendSettings['click'];

const STEPS = 25;
/** As if some rows said that neither input tells anything: keeps the weights finite where they tell all. */
const RIDGE = 1;
/** Rates are held away from 0 and 1, where they have no logit. */
const LEAST_RATE = 1e-3;

/** What a blended score and the item's click rate say of a click. */
export function clickLogit(score: number, rate: number, { blend, rate: weight, bias }: Click): number {
  return blend * score + weight * logit(rate) + bias;
}

/** The item's click rate in a row of the features. */
export function clickRateOf({ rows, features }: RankerBatch, row: number, column: number): number {
  return features[(row * features.length) / rows + column]!;
}

/**
 * The weights of `clickLogit` under which these clicks are likeliest: a logistic regression, by Newton's method. A blend
 * knows what the user took, the rate what all users do now; and the logits are probabilities, as Platt's are
 * ("Probabilistic outputs for support vector machines", 1999).
 *
 * @param scores of the rows, which the blend has not learned from
 */
export function fitClick(scores: Float32Array, batch: RankerBatch, clicked: Uint8Array, column: number): Click {
  const share = clicked.reduce((sum, label) => sum + label, 0) / clicked.length;
  const weights = [0, 0, logit(share)];
  for (let step = 0; step < STEPS; step++) {
    const slope = [RIDGE * weights[0]!, RIDGE * weights[1]!, 0];
    const curve = [
      [RIDGE, 0, 0],
      [0, RIDGE, 0],
      [0, 0, 0],
    ];
    for (const [row, score] of scores.entries()) {
      const x = [score, logit(clickRateOf(batch, row, column)), 1];
      const p = 1 / (1 + Math.exp(-(weights[0]! * x[0]! + weights[1]! * x[1]! + weights[2]!)));
      for (let a = 0; a < 3; a++) {
        slope[a]! += (p - clicked[row]!) * x[a]!;
        for (let b = 0; b < 3; b++) curve[a]![b]! += p * (1 - p) * x[a]! * x[b]!;
      }
    }
    for (const [a, change] of solve(curve, slope).entries()) weights[a]! -= change;
  }
  const [blend, rate, bias] = weights as [number, number, number];
  return { blend, rate, bias, column };
}

function logit(rate: number): number {
  const held = Math.min(Math.max(rate, LEAST_RATE), 1 - LEAST_RATE);
  return Math.log(held / (1 - held));
}

/** x with matrix x = values, by Gaussian elimination; the matrix is positive definite, so that no row has to be moved. */
function solve(matrix: readonly number[][], values: readonly number[]): number[] {
  const rows = matrix.map((row, at) => [...row, values[at]!]);
  for (const [at, pivot] of rows.entries()) {
    for (const [other, row] of rows.entries()) {
      if (other === at) continue;
      const times = row[at]! / pivot[at]!;
      for (let k = at; k < row.length; k++) row[k]! -= times * pivot[k]!;
    }
  }
  return rows.map((row, at) => row.at(-1)! / row[at]!);
}
