import { TemperError } from '../../../../schemas/errors.ts';
import { LIMITS } from '../../../../schemas/limits.ts';
import { hash32 } from '../../../hash.ts';
import { random } from '../../../random.ts';
import type { RowOptimiser } from './row-optimisers.ts';
import { copyRow } from './rows.ts';
import { noRow, TouchedRows } from './touched.ts';

export interface TableOptions {
  /** In messages; with the seed it also gives the first values, so that tables of one seed differ. */
  name: string;
  width: number;
  seed: number;
  optimiser: RowOptimiser;
  /** Of the normal distribution around 0 from which a row begins. */
  deviation?: number;
}

/** What a table carries from step to step; with it, and the same batches, it goes on to the same bits. */
export interface TableState {
  /** Updates that were made. */
  step: number;
  /** [rows, width] */
  values: Float32Array;
  /** The optimiser's, by name: [rows, the slot's numbers]. */
  slots: Record<string, Float32Array>;
}

/**
 * Vectors of items, users or words, a row for each, outside of the graph. A step gathers the rows of its batch, feeds
 * them as an input, gets their gradients as an output, and hands these back: its cost follows the batch, however many
 * rows there are, and nothing is allocated unless a batch is larger than all before it.
 *
 * Memory: for each row 4 x (width + the optimiser's numbers + 1) bytes, up to half as much again after it has grown.
 */
export class EmbeddingTable {
  readonly #options: Required<TableOptions>;
  readonly #slotWidths: Readonly<Record<string, number>>;
  readonly #touched = new TouchedRows();
  #rows = 0;
  #step = 0;
  #values: Float32Array = new Float32Array(0);
  #slots: Float32Array[] = [];

  /**
   * @param state taken over: its arrays are written to. Values of an earlier training begin a new one at step 0 and with
   *   no slots; without a state the table begins with no rows, see `grow`
   * @throws INPUT_INVALID where the state is not one of such a table
   */
  constructor(options: TableOptions, state: TableState = { step: 0, values: new Float32Array(0), slots: {} }) {
    this.#options = { deviation: 0.02, ...options };
    this.#slotWidths = options.optimiser.slots(options.width);
    this.restore(state);
  }

  /**
   * Goes back to a state, such as that of a checkpoint.
   *
   * @param state taken over: its arrays are written to
   * @throws INPUT_INVALID where it is not one of such a table
   */
  restore(state: TableState): void {
    this.#rows = state.values.length / this.width;
    this.#step = state.step;
    this.#values = state.values;
    if (!Number.isInteger(this.#rows)) {
      throw this.#refusal(`rows of ${this.width} numbers`, `${state.values.length} numbers`);
    }
    this.#slots = this.#slotsOf(state);
  }

  get rows(): number {
    return this.#rows;
  }

  get width(): number {
    return this.#options.width;
  }

  /** [rows, width]: the table's own memory until it grows. */
  get values(): Float32Array {
    return this.#values.subarray(0, this.#rows * this.width);
  }

  /** The state as of the last update. Its arrays are the table's own: copy what is to be kept. */
  get state(): TableState {
    const slots = Object.entries(this.#slotWidths).map(([name, numbers], place) => {
      return [name, this.#slots[place]!.subarray(0, this.#rows * numbers)] as const;
    });
    return { step: this.#step, values: this.values, slots: Object.fromEntries(slots) };
  }

  /**
   * Makes the table at least so long. A row begins with values that follow from seed, name and its number alone, so it
   * does not matter when it came.
   *
   * @throws INPUT_INVALID beyond LIMITS.embedding_table_bytes
   */
  grow(rows: number): void {
    if (rows <= this.#rows) return;
    const { name, width, seed, deviation } = this.#options;
    const most = Math.floor(LIMITS.embedding_table_bytes / (width * Float32Array.BYTES_PER_ELEMENT));
    if (!(rows <= most)) throw this.#refusal(`at most ${most} rows of ${width} numbers`, String(rows));
    if (rows * width > this.#values.length) {
      const room = Math.max(rows, Math.min(most, Math.ceil(this.#rows * 1.5)));
      this.#values = longer(this.#values, room * width);
      this.#slots = Object.values(this.#slotWidths).map((each, place) => longer(this.#slots[place]!, room * each));
    }
    for (let row = this.#rows; row < rows; row++) {
      const draws = random(seed, hash32(name), row);
      for (let at = row * width; at < (row + 1) * width; at++) this.#values[at] = deviation * draws.normal();
    }
    this.#rows = rows;
  }

  /**
   * Copies the rows of a batch.
   *
   * @param into [at least ids.length, width]
   * @throws INPUT_INVALID where an id is of no row, or `into` is too small
   */
  gather(ids: Int32Array, into: Float32Array): void {
    const { width } = this;
    const [values, rows] = [this.#values, this.#rows];
    if (into.length < ids.length * width) throw this.#refusal(`room for ${ids.length} rows`, `${into.length} numbers`);
    for (let n = 0; n < ids.length; n++) {
      const id = ids[n]!;
      if (!(id >= 0 && id < rows)) throw noRow(id, n, rows);
      copyRow(values, id * width, into, n * width, width);
    }
  }

  /**
   * Moves the rows of a batch against their gradients. Gradients of an id that is repeated are summed first.
   *
   * @param gradients [ids.length, width], of what `gather` gave for these ids; written to, and of no use afterwards
   * @param rate of this step
   * @throws INPUT_INVALID where an id is of no row, TRAINING_DIVERGED where a gradient is not finite; the table is then
   *   as before
   */
  update(ids: Int32Array, gradients: Float32Array, rate: number): void {
    const { width } = this;
    this.#touched.collect(ids, gradients, width, this.#rows);
    this.#step += 1;
    this.#options.optimiser.update({
      width,
      touched: this.#touched,
      gradients,
      values: this.#values,
      slots: this.#slots,
      rate,
      step: this.#step,
    });
  }

  /** A table that was not trained yet needs no slots: it gets zeros. */
  #slotsOf({ step, slots }: TableState): Float32Array[] {
    const needed = Object.keys(this.#slotWidths);
    for (const slot of new Set([...Object.keys(slots), ...needed])) {
      const length = this.#rows * (this.#slotWidths[slot] ?? 0);
      const got = slots[slot]?.length ?? (step === 0 ? length : 0);
      if (got === length) continue;
      throw this.#refusal(length ? `${length} numbers in the slot ${slot}` : `no slot ${slot}`, `${got}`);
    }
    return needed.map(slot => slots[slot] ?? new Float32Array(this.#rows * this.#slotWidths[slot]!));
  }

  #refusal(expected: string, got: string): TemperError {
    return new TemperError('INPUT_INVALID', { where: `the table ${this.#options.name}`, expected, got });
  }
}

function longer(array: Float32Array, length: number): Float32Array {
  const grown = new Float32Array(length);
  grown.set(array);
  return grown;
}
