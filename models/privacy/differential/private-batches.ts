import { randomBytes } from 'node:crypto';
import { add, mul } from '../../graph/functions.ts';
import { value } from '../../graph/runtime.ts';
import { input } from '../../graph/tensor.ts';
import { type Batch, Batches, type BatchSource, type Columns } from '../../graph/training/batches.ts';
import type { GradientTransform } from '../../graph/training/descent/clipping.ts';
import type { Plan } from '../../graph/training/plans.ts';
import { type Random, random } from '../../random.ts';

const NOISE = 'noise';

/** What is added to the gradient of a batch: normal numbers of that deviation, of a length as many as parameters, fed as `noise`. */
export function noised(size: number, deviation: number): GradientTransform {
  return gradient => add(gradient, mul(input(NOISE, 'float32', [size]), deviation));
}

/**
 * Draws that nobody can make again, and that no seed names: who knew them could take the noise off, and would know the
 * batches. So training with noise is not reproduced.
 */
export function secretDraws(): Random {
  const seeds = randomBytes(24);
  return random(...Array.from({ length: 6 }, (_, n) => seeds.readUInt32LE(4 * n)));
}

/** Batches to which each row comes by chance, whatever the others do, with noise for each. */
export class PrivateBatches implements BatchSource {
  readonly #batches: Batches;
  readonly #rows: number;
  readonly #size: number;
  readonly #parameters: number;
  readonly #draws: Random;

  /**
   * @param size how many rows are expected in a batch
   * @param parameters how many there are
   */
  constructor(columns: Columns, { rows, size, parameters, draws = secretDraws() }: PrivateSizes) {
    this.#batches = new Batches(columns);
    this.#rows = rows;
    this.#size = size;
    this.#parameters = parameters;
    this.#draws = draws;
  }

  /** With which chance a row is in a batch. */
  get rate(): number {
    return Math.min(1, this.#size / this.#rows);
  }

  /** An epoch: so many batches that each row is in one, on average. No batch is empty: then the draw is made again. */
  plan(): Plan {
    const count = Math.max(1, Math.round(1 / this.rate));
    const order: number[] = [];
    const ends = new Uint32Array(count);
    for (let batch = 0; batch < count; batch++) {
      const from = order.length;
      while (order.length === from) {
        for (let row = 0; row < this.#rows; row++) if (this.#draws.uniform() < this.rate) order.push(row);
      }
      ends[batch] = order.length;
    }
    return { order: Uint32Array.from(order), ends };
  }

  *of(plan: Plan, from = 0): Iterable<Batch> {
    const noise = new Float32Array(this.#parameters);
    for (const batch of this.#batches.of(plan, from)) {
      for (let k = 0; k < noise.length; k++) noise[k] = this.#draws.normal();
      yield { ...batch, feeds: { ...batch.feeds, [NOISE]: value('float32', noise, [noise.length]) } };
    }
  }
}

export interface PrivateSizes {
  rows: number;
  size: number;
  parameters: number;
  /** A test's; otherwise secret. */
  draws?: Random;
}
