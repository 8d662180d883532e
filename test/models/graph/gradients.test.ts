import { describe, expect, it } from 'vitest';
import { apply } from '../../../models/graph/apply.ts';
import * as f from '../../../models/graph/functions.ts';
import { gradients } from '../../../models/graph/gradients.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { OPS } from '../../../models/graph/ops/index.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { constant, DTYPES, dataOf, input, type Shape, type Tensor } from '../../../models/graph/tensor.ts';
import { binaryCrossEntropy, crossEntropy } from '../../../models/graph/training/losses.ts';
import { ordered } from '../../../models/graph/walk.ts';
import { type Random, random } from '../../../models/random.ts';

/** An expression of inputs, float64 where nothing else is said, whose shapes may name the sizes N, M and K. */
interface Case {
  shapes: Shape[];
  of: (...inputs: [Tensor, Tensor, Tensor, Tensor, Tensor]) => Tensor;
  /** Draws an element; from the standard normal distribution where nothing is said. */
  draw?: (random: Random) => number;
  /** For operations of which ONNX Runtime has no float64 form on a processor. */
  dtype?: 'float32';
}

/** The step of the central differences, and how far a gradient may be from them, relative to the greater of 1 and it. */
const PRECISION: Record<'float32' | 'float64', { h: number; tolerance: number }> = {
  float64: { h: 1e-5, tolerance: 1e-7 },
  // Rounding is 1e-7 of the loss and divided by h; what the differences themselves leave out grows with h squared.
  float32: { h: 3e-3, tolerance: 1e-3 },
};

const one = (of: (x: Tensor) => Tensor, draw?: Case['draw']): Case => ({
  shapes: [['N', 3]],
  of,
  ...(draw ? { draw } : {}),
});
const two = (of: (a: Tensor, b: Tensor) => Tensor, ...shapes: Shape[]): Case => ({ shapes, of });
/** Convolutions and means of windows: their values are sums of products, and float32 sees a wrong index well enough. */
const windows = (of: Case['of'], ...shapes: Shape[]): Case => ({ shapes, of, dtype: 'float32' });
const positive = (random: Random) => 0.5 + random.uniform();
const rows = (...values: number[]) => f.unsqueeze(indices(...values), [-1]);
const indices = (...values: number[]) => constant('int64', BigInt64Array.from(values, BigInt), [values.length]);

/** A line for each operation, and for each form in which its gradient is another one. */
const CASES: Record<string, Case> = {
  Identity: one(f.identity),
  StopGradient: one(x => f.add(x, f.stopGradient(f.sign(x)))),
  Neg: one(f.neg),
  Abs: one(f.abs),
  Sign: one(x => f.mul(x, f.sign(x))),
  Exp: one(f.exp),
  Log: one(f.log, positive),
  Sqrt: one(f.sqrt, positive),
  Relu: one(f.relu),
  Sigmoid: one(f.sigmoid),
  Softplus: one(f.softplus),
  Tanh: one(f.tanh),
  Reciprocal: one(f.reciprocal, positive),
  Pow: { shapes: [['N', 3], [3]], of: f.pow, draw: positive },
  'Pow, by a number': one(x => f.pow(x, 3)),
  'gelu by tanh': one(f.geluTanh),
  silu: one(f.silu),
  Clip: one(x => f.clip(x, -0.5, 0.8)),
  Add: two(f.add, ['N', 3], ['N', 3]),
  'Add, a bias': two(f.add, ['N', 3], [3]),
  'Add, a column': two(f.add, ['N', 1], ['N', 3]),
  'Add, a scalar': two(f.add, [], ['N', 'M']),
  'Add, an outer sum': two(f.add, ['N', 1], [1, 'M']),
  Sub: two(f.sub, [3], ['N', 3]),
  Mul: two(f.mul, ['M', 1, 3], ['N', 1]),
  'Mul, a square': one(x => f.mul(x, x)),
  Div: {
    shapes: [
      ['N', 3],
      ['N', 1],
    ],
    of: f.div,
    draw: positive,
  },
  Where: two((a, b) => f.where(f.less(a, b), f.mul(a, 2), f.exp(b)), ['N', 3], [3]),
  Cast: one(x => apply('Cast', [x], { to: DTYPES.float64.code })),
  MatMul: two(f.matmul, ['N', 4], [4, 3]),
  'MatMul, batches by a matrix': two(f.matmul, ['M', 'N', 4], [4, 3]),
  'MatMul, batches by batches': two(f.matmul, ['M', 'N', 4], ['M', 4, 2]),
  'MatMul, batches that broadcast': two(f.matmul, [2, 1, 'N', 4], ['M', 4, 2]),
  Gemm: { shapes: [['N', 4], [4, 3], [3]], of: (a, b, c) => f.gemm(a, b, { c }) },
  'Gemm, both transposed': two((a, b) => f.gemm(a, b, { transA: true, transB: true, alpha: 0.5 }), [4, 'N'], [3, 4]),
  'Gemm, left transposed': two((a, b) => f.gemm(a, b, { transA: true }), [4, 'N'], [4, 3]),
  'Gemm, right transposed': two((a, b) => f.gemm(a, b, { transB: true, alpha: 2 }), ['N', 4], [3, 4]),
  'Gemm, beta': {
    shapes: [
      ['N', 4],
      [4, 3],
      ['N', 1],
    ],
    of: (a, b, c) => apply('Gemm', [a, b, c], { beta: 0.3 }),
  },
  Transpose: { shapes: [['N', 2, 'M']], of: x => f.transpose(x, [2, 0, 1]) },
  Reshape: { shapes: [['N', 2, 3]], of: x => f.exp(f.reshape(x, [-1, 6])) },
  'Reshape, two symbols': { shapes: [['N', 'M', 3]], of: x => f.exp(f.reshape(x, [-1, 3])) },
  Unsqueeze: one(x => f.unsqueeze(x, [0, -1])),
  Squeeze: { shapes: [[1, 'N', 1]], of: x => f.squeeze(x, [0, -1]) },
  Expand: two((a, b) => f.mul(f.expand(a, f.shapeOf(b)), b), [1, 3], ['N', 3]),
  Concat: two((a, b) => f.concat([a, f.exp(a), b], 1), ['N', 3], ['N', 2]),
  Split: one(x => f.mul(f.split(x, [2, 1], 1)[1]!, f.exp(x))),
  'Split, one part used': one(x => f.exp(f.split(x, [1, 2], 1)[1]!)),
  'Concat, a symbolic axis': two((a, b) => f.exp(f.concat([a, b], 0)), ['N', 3], ['M', 3]),
  Slice: { shapes: [['N', 5, 2]], of: x => f.mul(f.slice(x, 1, 1, -1), f.slice(x, -2, 2, 99)) },
  Pad: one(x => f.exp(f.pad(x, [0, 1], [0, 2]))),
  ReduceSum: { shapes: [['N', 3, 'M']], of: x => f.sum(f.exp(x), [1]) },
  'ReduceSum, kept': { shapes: [['N', 3]], of: x => f.mul(x, f.sum(f.exp(x), [0], { keep: true })) },
  ReduceMean: { shapes: [['N', 3, 'M']], of: x => f.mean(f.exp(x), [-1, 1]) },
  'ReduceMean, a known size': { shapes: [['N', 3]], of: x => f.mean(f.exp(x), [1], { keep: true }) },
  'ReduceMean, of all': { shapes: [['N', 'M']], of: x => f.mean(f.mul(x, x)) },
  Softmax: one(x => f.softmax(x)),
  'Softmax, another axis': { shapes: [['N', 4, 2]], of: x => f.softmax(x, 1) },
  LogSoftmax: one(x => f.logSoftmax(x)),
  Gather: { shapes: [[5, 'N']], of: x => f.gather(x, indices(1, 0, 1, -1)) },
  'Gather, columns': { shapes: [['N', 4, 2]], of: x => f.gather(x, indices(3, 3, 0), 1) },
  ScatterND: two((a, b) => f.scatterNd(f.exp(a), rows(1, 0, 1), b, 'add'), [4, 3], [3, 3]),
  'ScatterND, replacing': two((a, b) => f.scatterNd(f.exp(a), rows(2, 0), f.exp(b)), [4, 3], [2, 3]),
  GatherND: { shapes: [[4, 'N']], of: x => f.exp(f.gatherNd(x, rows(2, 0, 2))) },
  LayerNormalization: {
    shapes: [['N', 5], [5], [5]],
    of: (x, scale, bias) => apply('LayerNormalization', [x, scale, bias]),
  },
  BatchNormalization: {
    shapes: [['N', 3, 'M'], [3], [3], [3], [3]],
    of: (x, ...statistics) => f.batchNorm(x, statistics),
    draw: positive,
  },
  'BatchNormalization, no axes but channels': {
    shapes: [['N', 3], [3], [3], [3], [3]],
    of: (x, ...statistics) => f.batchNorm(x, statistics, 0.1),
    draw: positive,
  },
  Conv: windows((x, w, bias) => f.conv(x, w, { bias }), ['N', 2, 6], [3, 2, 3], [3]),
  'Conv, a symbolic length': windows((x, w) => f.conv(x, w, { pads: [1, 1] }), ['N', 2, 'M'], [3, 2, 3]),
  'Conv, a stride that does not divide': windows(
    (x, w) => f.conv(x, w, { strides: [2, 3], pads: [1, 0, 2, 1], dilations: [1, 2] }),
    ['N', 2, 6, 7],
    [3, 2, 2, 3],
  ),
  'Conv, groups': windows((x, w) => f.conv(x, w, { group: 2, strides: [2] }), ['N', 4, 6], [6, 2, 3]),
  'Conv, depthwise': windows(
    (x, w) => f.conv(x, w, { group: 3, pads: [1, 1, 1, 1], strides: [2, 2] }),
    ['N', 3, 4, 5],
    [3, 1, 3, 3],
  ),
  'Conv, SAME': windows(
    (x, w) => apply('Conv', [x, w], { auto_pad: 'SAME_LOWER', strides: [2] }),
    ['N', 2, 6],
    [3, 2, 2],
  ),
  'Conv, a gradient of a gradient': windows(
    (x, w) => gradients(f.sum(f.tanh(f.conv(x, w, { strides: [2] }))), [w])[0]!,
    ['N', 2, 6],
    [3, 2, 2],
  ),
  ConvTranspose: windows((x, w, bias) => f.convTranspose(x, w, { bias }), ['N', 3, 'M'], [3, 2, 3], [2]),
  'ConvTranspose, all options': windows(
    (x, w) =>
      f.convTranspose(x, w, {
        group: 2,
        strides: [2, 3],
        dilations: [2, 1],
        pads: [1, 0, 0, 1],
        outputPadding: [1, 2],
      }),
    ['N', 4, 3, 2],
    [4, 3, 2, 3],
  ),
  MaxPool: { shapes: [['N', 2, 'M']], of: x => f.maxPool(x, [2], { pads: [1, 1] }) },
  'MaxPool, windows apart': { shapes: [['N', 2, 5, 6]], of: x => f.maxPool(x, [2, 2], { strides: [2, 3] }) },
  'MaxPool, rounded up': {
    shapes: [['N', 2, 5]],
    of: x => apply('MaxPool', [x], { kernel_shape: [2], strides: [2], ceil_mode: 1 }),
  },
  AveragePool: windows(x => f.averagePool(x, [2]), ['N', 2, 6]),
  'AveragePool, within the input': windows(
    x => f.averagePool(x, [3, 2], { strides: [2, 1], pads: [1, 1, 0, 1] }),
    ['N', 'M', 5, 4],
  ),
  'AveragePool, zeros included': windows(
    x => f.averagePool(x, [3], { strides: [2], pads: [1, 1], includePads: true }),
    ['N', 2, 6],
  ),
  GlobalAveragePool: windows(f.globalAveragePool, ['N', 2, 'M', 3]),
  GlobalMaxPool: windows(f.globalMaxPool, ['N', 2, 'M']),
  'a loss: binary cross-entropy': two((a, b) => binaryCrossEntropy(a, f.sigmoid(b)), ['N', 1], ['N', 1]),
  'a loss: cross-entropy': two((a, b) => crossEntropy(a, f.softmax(b)), ['N', 4], ['N', 4]),
  'a gradient of a gradient': one(x => gradients(f.sum(f.mul(f.tanh(x), f.exp(x))), [x])[0]!),
};

describe('gradients agree with central differences along a random direction', () => {
  it.each(Object.entries(CASES))('%s', async (_, each) => {
    const { tolerance } = PRECISION[each.dtype ?? 'float64'];
    for (const seed of [1, 2, 3]) {
      const { analytic, numeric } = await directional(each, random(seed));
      expect(Math.abs(analytic - numeric)).toBeLessThan(tolerance * Math.max(1, Math.abs(numeric)));
    }
  });

  it('has a case for each operation that has a gradient', () => {
    const seen = new Set(Object.values(CASES).flatMap(each => opsOf(expressionOf(each).y)));
    const differentiable = Object.keys(OPS).filter(op => OPS[op]!.gradient);
    expect(differentiable.filter(op => !seen.has(op))).toEqual(['Erf']);
  });
});

/** The derivative of sum(tanh(y / 3)) along one random direction of all inputs, by both ways. */
async function directional(each: Case, draws: Random): Promise<{ analytic: number; numeric: number }> {
  const { inputs, y } = expressionOf(each);
  const dtype = each.dtype ?? 'float64';
  const loss = f.sum(f.tanh(f.div(f.cast(y, 'float64'), 3)));
  const slopes = Object.fromEntries(gradients(loss, inputs).map((slope, place) => [`slope${place}`, slope]));
  const session = await openSession(graphOf({ loss, ...slopes }));

  const sizes = { N: 1 + draws.below(4), M: 1 + draws.below(4) };
  const draw = each.draw ?? (source => source.normal());
  const points = inputs.map(({ shape }) => drawn(shape, sizes, () => draw(draws)));
  const directions = points.map(({ data }) => data.map(() => draws.normal()));
  const run = (h: number) =>
    session.run(
      Object.fromEntries(
        points.map(({ data, dims }, place) => [
          `x${place}`,
          value(dtype, dataOf(dtype, [...data.map((x, k) => x + h * directions[place]![k]!)]), dims),
        ]),
      ),
    );

  const { h } = PRECISION[dtype];
  const [here, ahead, behind] = [await run(0), await run(h), await run(-h)];
  await session.release();
  const along = directions.map((direction, place) => dot(direction, here[`slope${place}`]!.data as ArrayLike<number>));
  return {
    analytic: along.reduce((a, b) => a + b, 0),
    numeric: (Number(ahead.loss!.data[0]) - Number(behind.loss!.data[0])) / (2 * h),
  };
}

function drawn(
  shape: Shape,
  sizes: Record<string, number>,
  draw: () => number,
): { data: Float64Array; dims: number[] } {
  const dims = shape.map(dim => (typeof dim === 'number' ? dim : sizes[dim]!));
  return { data: Float64Array.from({ length: dims.reduce((a, b) => a * b, 1) }, draw), dims };
}

function dot(a: Float64Array, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, x, place) => sum + x * b[place]!, 0);
}

function expressionOf({ shapes, of, dtype }: Case): { inputs: Tensor[]; y: Tensor } {
  const inputs = shapes.map((shape, place) => input(`x${place}`, dtype ?? 'float64', shape));
  return { inputs, y: of(...(inputs as Parameters<Case['of']>)) };
}

function opsOf(y: Tensor): string[] {
  return ordered([y]).flatMap(({ origin }) => (origin.kind === 'output' ? [origin.node.op] : []));
}
