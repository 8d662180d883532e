/** From a logit to another one: scale x logit + bias. */
export interface Platt {
  scale: number;
  bias: number;
}

const STEPS = 50;
const SMALLEST_CHANGE = 1e-10;
/** As if so many rows said that the logits are right as they are: few clicks do not turn a model's probabilities around. */
const PRIOR = 10;
/** An order of the rows stays what it was, even where the clicks of a small part contradict it. */
const LEAST_SCALE = 0.05;

/**
 * The scale and bias under which these clicks are likeliest: a logistic regression on one number (Platt, "Probabilistic
 * outputs for support vector machines", 1999), by Newton's method with halved steps (Lin, Lin and Weng, "A note on
 * Platt's probabilistic outputs for support vector machines", 2007).
 *
 * @param logits of rows that the model has not learned from
 * @param labels 0 or 1
 */
export function fitPlatt(logits: Float32Array, labels: Uint8Array): Platt {
  let now: Platt = { scale: 1, bias: 0 };
  let loss = lossOf(now, logits, labels);
  for (let step = 0; step < STEPS; step++) {
    const change = newtonStep(now, logits, labels);
    let next = now;
    let lower = loss;
    for (let part = 1; part > SMALLEST_CHANGE; part /= 2) {
      const scale = Math.max(LEAST_SCALE, now.scale - part * change.scale);
      next = { scale, bias: now.bias - part * change.bias };
      lower = lossOf(next, logits, labels);
      if (lower <= loss) break;
    }
    if (!(loss - lower > SMALLEST_CHANGE)) break;
    [now, loss] = [next, lower];
  }
  return now;
}

/** -log likelihood, and what the prior says. */
function lossOf({ scale, bias }: Platt, logits: Float32Array, labels: Uint8Array): number {
  let total = (PRIOR / 2) * ((scale - 1) ** 2 + bias ** 2);
  for (const [row, logit] of logits.entries()) {
    const z = scale * logit + bias;
    total += Math.max(z, 0) - z * labels[row]! + Math.log1p(Math.exp(-Math.abs(z)));
  }
  return total;
}

/** The inverse of the loss's curvature times its slope. */
function newtonStep({ scale, bias }: Platt, logits: Float32Array, labels: Uint8Array): Platt {
  const slope = { scale: PRIOR * (scale - 1), bias: PRIOR * bias };
  let [aa, ab, bb] = [PRIOR, 0, PRIOR];
  for (const [row, logit] of logits.entries()) {
    const p = 1 / (1 + Math.exp(-(scale * logit + bias)));
    slope.scale += (p - labels[row]!) * logit;
    slope.bias += p - labels[row]!;
    const curve = p * (1 - p);
    aa += curve * logit * logit;
    ab += curve * logit;
    bb += curve;
  }
  const determinant = aa * bb - ab * ab;
  return {
    scale: (bb * slope.scale - ab * slope.bias) / determinant,
    bias: (aa * slope.bias - ab * slope.scale) / determinant,
  };
}
