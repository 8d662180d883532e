import { TemperError } from '../../../../schemas/errors.ts';
import { addRow, allFinite } from './rows.ts';

/**
 * The rows of a table that a batch touches, each once, with the gradients of repeated ids summed.
 *
 * Rows come in the order of their first occurrence and are summed in the order of the batch: the same batch gives the
 * same bits. Nothing is copied, as later occurrences are added to the first where it lies. Which rows were met already
 * is known by a sparse set (Briggs and Torczon, "An efficient representation for sparse sets", 1993): a row's place
 * counts only if the row is found there, so nothing is cleared between batches. It takes 4 bytes for each row of the
 * table and 8 for each id of the largest batch.
 */
export class TouchedRows {
  count = 0;
  /** The first `count` are the rows. */
  ids = new Int32Array(0);
  /** Where in the batch's gradients those of each row begin. */
  starts = new Int32Array(0);
  #places = new Int32Array(0);

  /**
   * @param ids of rows below `rows`, repeated as they come
   * @param gradients [ids.length, width], written to: the sums lie in them
   * @throws INPUT_INVALID where an id is of no row or the sizes do not fit, TRAINING_DIVERGED at a gradient that is not
   *   finite
   */
  collect(ids: Int32Array, gradients: Float32Array, width: number, rows: number): void {
    requireSound(ids, gradients, width);
    if (this.ids.length < ids.length) {
      this.ids = new Int32Array(ids.length);
      this.starts = new Int32Array(ids.length);
    }
    if (this.#places.length < rows) this.#places = new Int32Array(rows);
    const { ids: touched, starts } = this;
    const places = this.#places;
    let count = 0;
    for (let n = 0; n < ids.length; n++) {
      const id = ids[n]!;
      if (!(id >= 0 && id < rows)) throw noRow(id, n, rows);
      const place = places[id]!;
      if (place < count && touched[place] === id) {
        addRow(gradients, n * width, starts[place]!, width);
      } else {
        touched[count] = id;
        starts[count] = n * width;
        places[id] = count++;
      }
    }
    this.count = count;
  }
}

export function noRow(id: number, place: number, rows: number): TemperError {
  return new TemperError('INPUT_INVALID', {
    where: `id ${place} of the batch`,
    expected: `a row below ${rows}`,
    got: String(id),
    next: 'Grow the table before items that it does not know are looked up',
  });
}

function requireSound(ids: Int32Array, gradients: Float32Array, width: number): void {
  if (gradients.length !== ids.length * width) {
    throw new TemperError('INPUT_INVALID', {
      where: 'the gradients of rows',
      expected: `${ids.length} x ${width} numbers`,
      got: String(gradients.length),
    });
  }
  if (allFinite(gradients)) return;
  const bad = gradients.findIndex(each => !Number.isFinite(each));
  throw new TemperError('TRAINING_DIVERGED', {
    where: `the gradient of row ${ids[Math.floor(bad / width)]}`,
    expected: 'a finite number',
    got: String(gradients[bad]),
    next: 'Lower the learning rate, or look at the examples of this row; the table is as it was before the batch',
  });
}
