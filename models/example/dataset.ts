import { type Random, random } from '../random.ts';

/** The smallest training there is: a perceptron 100-256-128-10, cross-entropy, Adam at 1e-3, ten epochs. */
export const EXAMPLE = { sizes: [100, 256, 128, 10], rows: 2_000, batch: 100, epochs: 10, rate: 1e-3 } as const;

const WIDTH = EXAMPLE.sizes[0];
const CLASSES = EXAMPLE.sizes.at(-1)!;
const NOISE = 0.1;

/** Seeds of the four streams from which all of the example is drawn. */
const [TEACHER, DATA, WEIGHTS, ORDER] = [1, 2, 3, 4];

export interface ExampleDataset {
  /** [rows, 100], uniform in [-1, 1) */
  readonly features: Float32Array;
  /** [rows], a class below 10 */
  readonly labels: Uint8Array;
}

/**
 * Rows whose class is that of a fixed linear teacher, or for one in ten that of a die.
 *
 * Every number comes from uniform draws by products and sums in a fixed order, so that bench/torch/example.py makes the
 * same bits, and PyTorch trains on the same data from the same start.
 */
export function exampleDataset(): ExampleDataset {
  const teacher = random(TEACHER);
  const weights = Array.from({ length: CLASSES }, () => Float64Array.from({ length: WIDTH }, () => symmetric(teacher)));
  const draws = random(DATA);
  const features = new Float32Array(EXAMPLE.rows * WIDTH);
  const labels = new Uint8Array(EXAMPLE.rows);
  for (let row = 0; row < EXAMPLE.rows; row++) {
    const x = features.subarray(row * WIDTH, (row + 1) * WIDTH);
    for (let k = 0; k < WIDTH; k++) x[k] = symmetric(draws);
    const scores = weights.map(each => dot(each, x));
    labels[row] = draws.uniform() < NOISE ? draws.below(CLASSES) : scores.indexOf(Math.max(...scores));
  }
  return { features, labels };
}

/**
 * The parameters at the start, uniform within 1 / sqrt(in): a matrix [in, out] and a bias [out] for each layer, one after
 * the other as `mlpShapes` has them.
 */
export function exampleParameters(): Float32Array {
  const draws = random(WEIGHTS);
  const layers = EXAMPLE.sizes.slice(1).map((fanOut, layer) => {
    const fanIn = EXAMPLE.sizes[layer]!;
    return Array.from({ length: (fanIn + 1) * fanOut }, () => symmetric(draws) / Math.sqrt(fanIn));
  });
  return Float32Array.from(layers.flat());
}

/** The order in which an epoch, counted from 0, goes through the rows. */
export function exampleOrder(epoch: number): Uint32Array {
  return random(ORDER, epoch).shuffle(Uint32Array.from({ length: EXAMPLE.rows }, (_, row) => row));
}

/** Uniform in [-1, 1). */
function symmetric(draws: Random): number {
  return 2 * draws.uniform() - 1;
}

function dot(a: Float64Array, b: Float32Array): number {
  let total = 0;
  for (let k = 0; k < a.length; k++) total += a[k]! * b[k]!;
  return total;
}
