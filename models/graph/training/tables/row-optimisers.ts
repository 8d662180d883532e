import type { TouchedRows } from './touched.ts';

/**
 * How the rows of a table change with their gradients. Its cost follows the rows of the batch, not those of the table:
 * rows that the batch has not touched keep their values and slots, bit for bit, and are not decayed either.
 *
 * `decay` is decoupled from the gradient: a touched row is first multiplied by 1 - rate x decay (Loshchilov and Hutter,
 * "Decoupled weight decay regularization", 2019, algorithm 2).
 */
export interface RowOptimiser {
  /** The numbers that it keeps for each row of `width` values, by name; they begin with zeros. */
  slots(width: number): Readonly<Record<string, number>>;
  update(now: RowUpdate): void;
}

/** A batch's rows, each once, and the table to change. */
export interface RowUpdate {
  readonly width: number;
  readonly touched: TouchedRows;
  /** A touched row's `width` numbers stand where `touched.starts` says. */
  readonly gradients: Float32Array;
  /** [rows, width], written to. */
  readonly values: Float32Array;
  /** In the order of `slots`, [rows, the slot's numbers], written to. */
  readonly slots: readonly Float32Array[];
  readonly rate: number;
  /** Updates of this table up to now, this one included. */
  readonly step: number;
}

/** Gradient descent: w -= rate g. No slots. */
export function sgdRows({ decay = 0 } = {}): RowOptimiser {
  return {
    slots: () => ({}),
    update: ({ width, touched: { count, ids, starts }, gradients, values, rate }) => {
      const keep = 1 - rate * decay;
      for (let n = 0; n < count; n++) {
        const at = ids[n]! * width;
        const from = starts[n]!;
        for (let k = 0; k < width; k++) values[at + k] = keep * values[at + k]! - rate * gradients[from + k]!;
      }
    },
  };
}

/**
 * Row-wise Adagrad: one accumulator for a row, which is the sum of its mean squared gradients over the steps,
 * a += mean(g^2), w -= rate g / (sqrt(a) + epsilon).
 * Mudigere et al., "Software-hardware co-design for fast and scalable training of deep learning recommendation models",
 * 2022, section 4.1; `EXACT_ROWWISE_ADAGRAD` of FBGEMM. One slot of 4 bytes a row.
 */
export function rowWiseAdagrad({ epsilon = 1e-8, decay = 0 } = {}): RowOptimiser {
  return {
    slots: () => ({ squares: 1 }),
    update: ({ width, touched: { count, ids, starts }, gradients, values, slots, rate }) => {
      const squares = slots[0]!;
      const keep = 1 - rate * decay;
      for (let n = 0; n < count; n++) {
        const row = ids[n]!;
        const at = row * width;
        const from = starts[n]!;
        let sum = 0;
        for (let k = 0; k < width; k++) sum += gradients[from + k]! * gradients[from + k]!;
        squares[row]! += sum / width;
        const speed = rate / (Math.sqrt(squares[row]!) + epsilon);
        for (let k = 0; k < width; k++) values[at + k] = keep * values[at + k]! - speed * gradients[from + k]!;
      }
    },
  };
}

/**
 * Lazy Adam: Adam on the rows of the batch alone, whose moments stand still while others are trained.
 *
 * The bias correction counts the steps of the table, not those of the row, as `torch.optim.SparseAdam` and TensorFlow
 * Addons' `LazyAdam` do. So a row that comes late makes a first step of about rate x (1 - beta1) / sqrt(1 - beta2),
 * which is 3.2 times the rate with the usual betas, where one that is there from the beginning makes a step of the rate.
 * Two slots: 8 bytes for each number of a row.
 */
export function lazyAdam({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0 } = {}): RowOptimiser {
  return {
    slots: width => ({ m: width, v: width }),
    update: ({ width, touched: { count, ids, starts }, gradients, values, slots, rate, step }) => {
      const [m, v] = slots as [Float32Array, Float32Array];
      const keep = 1 - rate * decay;
      const speed = rate / (1 - beta1 ** step);
      const inverse = 1 / Math.sqrt(1 - beta2 ** step);
      for (let n = 0; n < count; n++) {
        const start = ids[n]! * width;
        const from = starts[n]!;
        for (let k = 0; k < width; k++) {
          const at = start + k;
          const gradient = gradients[from + k]!;
          const mean = beta1 * m[at]! + (1 - beta1) * gradient;
          const square = beta2 * v[at]! + (1 - beta2) * gradient * gradient;
          m[at] = mean;
          v[at] = square;
          values[at] = keep * values[at]! - (speed * mean) / (Math.sqrt(square) * inverse + epsilon);
        }
      }
    },
  };
}
