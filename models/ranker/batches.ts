import { type Value, value } from '../graph/runtime.ts';
import type { Dataset } from './dataset.ts';

/** Batches of a dataset in memory that is used again for each of them, so a batch is valid until the next. */
export class Batches {
  readonly #dataset: Dataset;
  readonly #size: number;
  readonly #buffers: Record<'features' | 'position' | 'clicked' | 'weight', Float32Array>;
  readonly #values = new Map<number, Record<string, Value>>();

  constructor(dataset: Dataset, size: number) {
    const column = () => new Float32Array(size);
    this.#dataset = dataset;
    this.#size = size;
    this.#buffers = {
      features: new Float32Array(size * dataset.featureNames.length),
      position: column(),
      clicked: column(),
      weight: column(),
    };
  }

  /** The rows that `order` names, batch by batch; the last may be smaller. */
  *of(order: Uint32Array): Iterable<{ rows: number; feeds: Record<string, Value> }> {
    for (let start = 0; start < order.length; start += this.#size) {
      const rows = order.subarray(start, start + this.#size);
      for (const [place, row] of rows.entries()) this.#copy(row, place);
      yield { rows: rows.length, feeds: this.#valuesOf(rows.length) };
    }
  }

  #copy(row: number, place: number): void {
    const { features, featureNames, position, clicked, weight } = this.#dataset;
    const width = featureNames.length;
    const buffers = this.#buffers;
    for (let k = 0; k < width; k++) buffers.features[place * width + k] = features[row * width + k]!;
    buffers.position[place] = position[row]!;
    buffers.clicked[place] = clicked[row]!;
    buffers.weight[place] = weight[row]!;
  }

  #valuesOf(rows: number): Record<string, Value> {
    const found = this.#values.get(rows);
    if (found) return found;
    const values = Object.fromEntries(
      Object.entries(this.#buffers).map(([name, buffer]) => {
        const width = buffer.length / this.#size;
        return [name, value('float32', buffer.subarray(0, rows * width), [rows, width])];
      }),
    );
    this.#values.set(rows, values);
    return values;
  }
}
