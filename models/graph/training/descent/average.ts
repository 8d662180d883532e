import { TemperError } from '../../../../schemas/errors.ts';

/** What an average carries from step to step. */
export interface AverageState {
  step: number;
  values: Float32Array;
}

/**
 * The exponential moving average of a parameter vector over the steps of training, which often does better on new
 * examples than its last values do (Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992).
 * Whoever evaluates or exports takes `values` in place of the parameters; training goes on with its own.
 *
 * After t steps a value from k steps ago counts with (1 - d) d^k / (1 - d^t), which adds up to 1: the bias correction of
 * Adam (Kingma and Ba, 2015, section 3), here within the update, so that no zeros of the beginning are in the average
 * and nothing is left to be divided. It costs 4 bytes and one pass over the parameters a step.
 */
export class MovingAverage {
  readonly #decay: number;
  readonly #state: AverageState;

  /** @param state taken over: its array is written to. `MovingAverage.of(size)` begins one */
  constructor(state: AverageState, decay = 0.999) {
    this.#state = state;
    this.#decay = decay;
  }

  static of(size: number, decay?: number): MovingAverage {
    return new MovingAverage({ step: 0, values: new Float32Array(size) }, decay);
  }

  /**
   * Takes in the parameters after a step.
   *
   * @throws INPUT_INVALID where they are of another size
   */
  follow(parameters: Float32Array): void {
    const { values } = this.#state;
    if (parameters.length !== values.length) {
      throw new TemperError('INPUT_INVALID', {
        where: 'a moving average',
        expected: `${values.length} parameters`,
        got: String(parameters.length),
      });
    }
    this.#state.step += 1;
    const share = (1 - this.#decay) / (1 - this.#decay ** this.#state.step);
    for (let k = 0; k < values.length; k++) values[k]! += share * (parameters[k]! - values[k]!);
  }

  /** The average, ready for use: the average's own memory, so copy what is to be kept. Zeros before the first step. */
  get values(): Float32Array {
    return this.#state.values;
  }

  /** For a checkpoint. */
  get state(): Readonly<AverageState> {
    return this.#state;
  }
}
