import { type Value, value } from '../runtime.ts';
import { type Data, DTYPES, type Dtype } from '../tensor.ts';

/** Batches of one shape, copied behind each other: what a run of several steps goes through. */
export class Stack {
  count = 0;
  readonly #capacity: number;
  /** Memory for a full stack of the largest batch up to now. */
  readonly #buffers = new Map<string, Data>();
  #form: readonly Column[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Whether a batch can join those that are there. */
  takes(batch: Readonly<Record<string, Value>>): boolean {
    return this.count === 0 || (this.count < this.#capacity && sameForm(formOf(batch), this.#form));
  }

  /** Copies a batch that it takes. */
  push(batch: Readonly<Record<string, Value>>): void {
    this.#form = formOf(batch);
    for (const { name, dtype } of this.#form) {
      const { data } = batch[name]!;
      const buffer = this.#roomFor(name, dtype, data.length * this.#capacity);
      (buffer as Float32Array).set(data as Float32Array, this.count * data.length);
    }
    this.count++;
  }

  /** The batches that are there, with a first axis for them. Afterwards there are none, and the memory is used again. */
  take(): Record<string, Value> {
    const stacked = this.#form.map(({ name, dtype, dims: each }) => {
      const dims = [this.count, ...each];
      const elements = dims.reduce((size, dim) => size * dim, 1);
      return [name, value(dtype, this.#buffers.get(name)!.subarray(0, elements), dims)];
    });
    this.count = 0;
    return Object.fromEntries(stacked);
  }

  #roomFor(name: string, dtype: Dtype, elements: number): Data {
    const found = this.#buffers.get(name);
    if (found && found.length >= elements) return found;
    const made = new DTYPES[dtype].array(elements);
    this.#buffers.set(name, made);
    return made;
  }
}

interface Column {
  readonly name: string;
  readonly dtype: Dtype;
  readonly dims: readonly number[];
}

function formOf(batch: Readonly<Record<string, Value>>): Column[] {
  return Object.entries(batch).map(([name, { type, dims }]) => ({ name, dtype: type as Dtype, dims }));
}

function sameForm(a: readonly Column[], b: readonly Column[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
