import { TemperError } from '../../../schemas/errors.ts';
import { type Value, value } from '../runtime.ts';
import type { Schedule } from './descent/schedules.ts';
import type { EmbeddingTable } from './tables/table.ts';

/** A table outside of the graph, and the rate of its own optimiser as a function of the step. */
export interface LearnedTable {
  readonly table: EmbeddingTable;
  readonly rate: Schedule;
}

export interface Lookups {
  /**
   * The rows that a batch names, in place of their ids, and where their gradients are to be written. Both are in memory
   * that is used again for the next batch.
   *
   * @throws INPUT_INVALID where a batch has no ids of a table, or one that is of no row
   */
  of(batch: Readonly<Record<string, Value>>): { rows: Record<string, Value>; gradients: Record<string, Value> };
  /** Moves the rows of the last batch against the gradients that were written. */
  update(step: number): void;
}

/** @param tables by the name of the loss's input [..., width] that takes their rows, for which a batch gives ids [...] */
export function createLookups(tables: Readonly<Record<string, LearnedTable>>): Lookups {
  const lookups = Object.entries(tables).map(([name, learned]) => new Lookup(name, learned));
  return {
    of: batch => {
      for (const lookup of lookups) lookup.gather(batch);
      return {
        rows: Object.fromEntries(lookups.map(lookup => [lookup.name, lookup.rows])),
        gradients: Object.fromEntries(lookups.map(lookup => [`gradient.${lookup.name}`, lookup.gradients])),
      };
    },
    update: step => {
      for (const lookup of lookups) lookup.update(step);
    },
  };
}

class Lookup {
  readonly name: string;
  readonly #learned: LearnedTable;
  #ids: Int32Array = new Int32Array(0);
  #dims: readonly number[] = [];
  #rows = new Float32Array(0);
  #gradients = new Float32Array(0);

  constructor(name: string, learned: LearnedTable) {
    this.name = name;
    this.#learned = learned;
  }

  gather(batch: Readonly<Record<string, Value>>): void {
    const ids = batch[this.name];
    if (!(ids?.data instanceof Int32Array)) {
      throw new TemperError('INPUT_INVALID', {
        where: `a batch, ${this.name}`,
        expected: 'ids of rows of the table, as int32',
        got: ids ? ids.type : 'nothing',
      });
    }
    const { table } = this.#learned;
    const numbers = ids.data.length * table.width;
    this.#ids = ids.data;
    this.#dims = [...ids.dims, table.width];
    if (this.#rows.length < numbers) {
      this.#rows = new Float32Array(numbers);
      this.#gradients = new Float32Array(numbers);
    }
    table.gather(ids.data, this.#rows);
  }

  get rows(): Value {
    return value('float32', this.#part(this.#rows), this.#dims);
  }

  get gradients(): Value {
    return value('float32', this.#part(this.#gradients), this.#dims);
  }

  update(step: number): void {
    const { table, rate } = this.#learned;
    table.update(this.#ids, this.#part(this.#gradients), rate(step));
  }

  #part(buffer: Float32Array): Float32Array {
    return buffer.subarray(0, this.#ids.length * this.#learned.table.width);
  }
}
