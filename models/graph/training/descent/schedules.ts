/**
 * A factor for an optimiser's rate, around 1, as a function of the step, counted from 1. Pure: nothing to keep in a
 * checkpoint. For a table, multiply: `table.update(ids, gradients, rate * schedule(step))`.
 */
export type Schedule = (step: number) => number;

/** The same optimiser at its own rate times the schedule's factor. */
export function scheduled<O extends { schedule(step: number): { rate: number } }>(optimiser: O, factor: Schedule): O {
  return {
    ...optimiser,
    schedule: (step: number) => {
      const own = optimiser.schedule(step);
      return { ...own, rate: own.rate * factor(step) };
    },
  };
}

export function constantRate(): Schedule {
  return () => 1;
}

/**
 * Rises in a line to 1 over the first steps, and goes on with another schedule, which counts from its own beginning
 * (Goyal et al., "Accurate, large minibatch SGD", 2017, section 2.2). The first step has 1 / steps, not 0.
 */
export function warmUp(steps: number, then: Schedule = constantRate()): Schedule {
  return step => (step <= steps ? step / steps : then(step - steps));
}

/** Falls in a line from 1 to `end`, where it is after `steps` steps and stays. */
export function linearDecay(steps: number, end = 0): Schedule {
  return step => end + (1 - end) * (1 - Math.min(step / steps, 1));
}

/**
 * Falls along half a cosine from 1 to `end`, where it is after `steps` steps and stays: one period of Loshchilov and
 * Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017, equation 5.
 */
export function cosineDecay(steps: number, end = 0): Schedule {
  return step => end + ((1 - end) * (1 + Math.cos(Math.PI * Math.min(step / steps, 1)))) / 2;
}

/**
 * Falls with the root of the step. `warmUp(n, inverseSqrtDecay(n))` is the schedule of Vaswani et al., "Attention is all
 * you need", 2017, equation 3, scaled to 1 at its highest: min(step / n, sqrt(n / step)).
 *
 * @param steps after so many it is 1 / sqrt(2)
 */
export function inverseSqrtDecay(steps: number): Schedule {
  return step => Math.sqrt(steps / (steps + step));
}

/** Multiplied by `factor` after each `steps` steps. */
export function stepDecay(steps: number, factor = 0.1): Schedule {
  return step => factor ** Math.floor((step - 1) / steps);
}
