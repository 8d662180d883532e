import { describe, expect, it } from 'vitest';
import { apply } from '../../../models/graph/apply.ts';
import * as f from '../../../models/graph/functions.ts';
import { gradients } from '../../../models/graph/gradients.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { OPS } from '../../../models/graph/ops/index.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { constant, DTYPES, input, type Shape, type Tensor } from '../../../models/graph/tensor.ts';
import { binaryCrossEntropy, crossEntropy } from '../../../models/graph/training/losses.ts';
import { ordered } from '../../../models/graph/walk.ts';
import { type Random, random } from '../../../models/random.ts';

/** An expression of float64 inputs, whose shapes may name the sizes N, M and K. */
interface Case {
  shapes: Shape[];
  of: (...inputs: [Tensor, Tensor, Tensor]) => Tensor;
  /** Draws an element; from the standard normal distribution where nothing is said. */
  draw?: (random: Random) => number;
}

const one = (of: (x: Tensor) => Tensor, draw?: Case['draw']): Case => ({
  shapes: [['N', 3]],
  of,
  ...(draw ? { draw } : {}),
});
const two = (of: (a: Tensor, b: Tensor) => Tensor, ...shapes: Shape[]): Case => ({ shapes, of });
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
  'a loss: binary cross-entropy': two((a, b) => binaryCrossEntropy(a, f.sigmoid(b)), ['N', 1], ['N', 1]),
  'a loss: cross-entropy': two((a, b) => crossEntropy(a, f.softmax(b)), ['N', 4], ['N', 4]),
  'a gradient of a gradient': one(x => gradients(f.sum(f.mul(f.tanh(x), f.exp(x))), [x])[0]!),
};

describe('gradients agree with central differences along a random direction', () => {
  it.each(Object.entries(CASES))('%s', async (_, each) => {
    for (const seed of [1, 2, 3]) {
      const { analytic, numeric } = await directional(each, random(seed));
      expect(Math.abs(analytic - numeric)).toBeLessThan(1e-7 * Math.max(1, Math.abs(numeric)));
    }
  });

  it('has a case for each operation that has a gradient', () => {
    const seen = new Set(Object.values(CASES).flatMap(each => opsOf(expressionOf(each).y)));
    const differentiable = Object.keys(OPS).filter(op => OPS[op]!.gradient);
    expect(differentiable.filter(op => !seen.has(op))).toEqual(['Erf']);
  });
});

/** The derivative of sum(tanh(y / 3)) along one random direction of all inputs, in float64, by both ways. */
async function directional(each: Case, draws: Random): Promise<{ analytic: number; numeric: number }> {
  const { inputs, y } = expressionOf(each);
  const loss = f.sum(f.tanh(f.div(y, 3)));
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
          value(
            'float64',
            data.map((x, k) => x + h * directions[place]![k]!),
            dims,
          ),
        ]),
      ),
    );

  const h = 1e-5;
  const [here, ahead, behind] = [await run(0), await run(h), await run(-h)];
  await session.release();
  const along = directions.map((direction, place) => dot(direction, here[`slope${place}`]!.data as Float64Array));
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

function dot(a: Float64Array, b: Float64Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, x, place) => sum + x * b[place]!, 0);
}

function expressionOf({ shapes, of }: Case): { inputs: Tensor[]; y: Tensor } {
  const inputs = shapes.map((shape, place) => input(`x${place}`, 'float64', shape));
  return { inputs, y: of(...(inputs as [Tensor, Tensor, Tensor])) };
}

function opsOf(y: Tensor): string[] {
  return ordered([y]).flatMap(({ origin }) => (origin.kind === 'output' ? [origin.node.op] : []));
}
