import { TemperError } from '../schemas/errors.ts';
import type { Trial, TrialEnd } from '../schemas/models/trials.ts';

/**
 * What was heard of a surface's trials, by the signed records of `models`: the worker and the scorers take the same ones,
 * so that whoever sends records of before again, or the end of one trial behind the beginning of another, is heard by none.
 */
export class HeardTrials {
  #newest_ms = 0;
  #on: Trial | undefined;

  /** The trial that is on; undefined where none is. */
  get on(): Trial | undefined {
    return this.#on;
  }

  /** @throws MODEL_REFUSED where it is older than what was heard of, or the end of another trial than the one that is on */
  take(record: Trial | TrialEnd): void {
    const where = `models, challenger ${record.model}`;
    if (record.at_ms < this.#newest_ms) {
      const [expected, got] = [`one behind ${this.#newest_ms}`, `${record.at_ms}`];
      throw new TemperError('MODEL_REFUSED', { where, expected, got });
    }
    if ('ended' in record && this.#on && this.#on.experiment !== record.experiment) {
      const [expected, got] = [`the end of ${this.#on.experiment}, which is on`, `that of ${record.experiment}`];
      throw new TemperError('MODEL_REFUSED', { where, expected, got });
    }
    this.#newest_ms = record.at_ms;
    this.#on = 'ended' in record ? undefined : record;
  }
}
