import { numbersOf } from '../adapt/adapted.ts';
import { type Product, productOf } from '../adapt/product.ts';
import { apply, applyAll } from '../graph/apply.ts';
import * as f from '../graph/functions.ts';
import { rewrite } from '../graph/rewrite.ts';
import { constant, type Graph, isGiven, scalar, type Tensor } from '../graph/tensor.ts';
import { type Compressed, compressed, elementsOf, isMeant, isWeight, nameOf } from './report.ts';

/** Smaller weights than these would save nothing that anyone could see. */
const LEAST_WEIGHTS = 1_024;
/** What stands for 0 in a weight of 8 bits. */
const ZERO = 128;
const GREATEST = 127;

export interface QuantiseOptions {
  /** Names of the constants that are meant; all, where nothing is said. */
  readonly patterns?: readonly RegExp[];
}

/**
 * Weights in 8 bits: those of products as one number in [-127, 127] and a scale for each output, the rows of tables with
 * a scale each. Products are computed in whole numbers; what comes in is brought to 8 bits by its range in that run.
 * Nothing has to be known of the data (Wu et al., "Integer quantization for deep learning inference", 2020, sections 3
 * and 4.1).
 *
 * Weights are stored as uint8 around 128, not as int8: on processors without VNNI, ONNX Runtime multiplies uint8 by int8
 * in sums of 16 bits that overflow silently (README of MLAS), and the model would answer otherwise there.
 */
export function quantise(graph: Graph, { patterns }: QuantiseOptions = {}): Compressed {
  const touched = new Set<Tensor>();
  const incoming = new Map<Tensor, readonly Tensor[]>();
  const meant = (weight: Tensor) =>
    isWeight(weight) && elementsOf([weight]) >= LEAST_WEIGHTS && isMeant(weight, patterns);

  const quantised = rewrite(graph, (_, now) => {
    const product = productOf(now);
    if (product && meant(product.weight)) {
      touched.add(product.weight);
      const eight = incoming.get(product.x) ?? applyAll('DynamicQuantizeLinear', [product.x]);
      incoming.set(product.x, eight);
      return inWholeNumbers(product, eight);
    }
    const table = tableOf(now);
    if (table && meant(table)) {
      touched.add(table);
      return fromRows(now, table);
    }
    return now;
  });
  return compressed(graph, quantised, touched);
}

/** scale_x scale_w (x - zero_x) (W - zero_w) + beta C: a product of whole numbers, and two scales for each output. */
function inWholeNumbers(product: Product, [x, scale, zero]: readonly Tensor[]): Tensor {
  const { node, weight, transposed, from, to, alpha } = product;
  const byOutput = transposed ? numbersOf(weight) : turned(numbersOf(weight), to);
  const { numbers, scales } = inEightBits(byOutput, from);
  const around = Uint8Array.from(turned(numbers, from), each => each + ZERO);
  const name = nameOf(weight);
  const matrix = constant('uint8', around, [from, to], `${name}.quantised`);
  const whole = apply('MatMulInteger', [x!, matrix, zero!, scalar(ZERO, 'uint8')]);
  const outputScales = constant(
    'float32',
    scales.map(each => each * alpha),
    [to],
    `${name}.scales`,
  );
  const y = f.mul(f.cast(whole, 'float32'), f.mul(scale!, outputScales));
  const [, , addend] = node.inputs;
  const { beta = 1 } = node.attributes;
  if (!isGiven(addend)) return y;
  return f.add(y, beta === 1 ? addend : f.mul(addend, Number(beta)));
}

/** The table [R, K] of float32 whose rows a Gather takes. */
function tableOf({ origin }: Tensor): Tensor | undefined {
  if (origin.kind !== 'output' || origin.node.op !== 'Gather' || (origin.node.attributes.axis ?? 0) !== 0)
    return undefined;
  const table = origin.node.inputs[0]!;
  return table.shape.length === 2 ? table : undefined;
}

/** The rows that a Gather takes, in 8 bits, each times its own scale. */
function fromRows(gathered: Tensor, table: Tensor): Tensor {
  const indices = gathered.origin.kind === 'output' ? gathered.origin.node.inputs[1]! : gathered;
  const [rows, width] = table.shape as readonly [number, number];
  const { numbers, scales } = inEightBits(numbersOf(table), width);
  const name = nameOf(table);
  const taken = f.gather(constant('int8', numbers, [rows, width], `${name}.quantised`), indices);
  return f.mul(f.cast(taken, 'float32'), f.gather(constant('float32', scales, [rows, 1], `${name}.scales`), indices));
}

/** Rows as numbers from -127 to 127, and for each row the scale that gives them back. */
function inEightBits(weights: Float32Array, width: number): { numbers: Int8Array; scales: Float32Array } {
  const numbers = new Int8Array(weights.length);
  const scales = new Float32Array(weights.length / width);
  for (const row of scales.keys()) {
    const own = weights.subarray(row * width, (row + 1) * width);
    const greatest = own.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
    // A row of zeros may have any scale.
    scales[row] = greatest === 0 ? 1 : greatest / GREATEST;
    for (let k = 0; k < width; k++) numbers[row * width + k] = Math.round(own[k]! / scales[row]!);
  }
  return { numbers, scales };
}

/** A matrix, given row by row, column by column. */
function turned<A extends Float32Array | Int8Array>(matrix: A, columns: number): A {
  const rows = matrix.length / columns;
  const result = matrix.slice() as A;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = matrix[row * columns + column]!;
  }
  return result;
}
