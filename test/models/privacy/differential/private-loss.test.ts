import { describe, expect, it } from 'vitest';
import { add, gemm, matmul, mul, relu } from '../../../../models/graph/functions.ts';
import { gradients } from '../../../../models/graph/gradients.ts';
import { graphOf } from '../../../../models/graph/graph.ts';
import { openSession, value } from '../../../../models/graph/runtime.ts';
import { input, type Tensor } from '../../../../models/graph/tensor.ts';
import { ParameterVector } from '../../../../models/graph/training/parameters.ts';
import { privateLoss, squaredLengths } from '../../../../models/privacy/differential/private-loss.ts';
import { random } from '../../../../models/random.ts';
import { exampleLosses, initialRanker, rankerParameters } from '../../../../models/ranker/ranker.ts';

const SHAPE = { features: 5, hidden: [7, 4], positions: 6 };
const ROWS = 9;
const draws = random(7);
const normals = (count: number) => Float32Array.from({ length: count }, () => draws.normal());
const standard = { mean: normals(5), scale: normals(5) };
const vector = rankerParameters(SHAPE);
const parameters = input('parameters', 'float32', [vector.size]);
const slices = vector.slices(parameters);
const losses = exampleLosses(SHAPE, standard, slices);

const rows = (width: number, of: () => number) => Float32Array.from({ length: ROWS * width }, of);
const columns = {
  features: rows(5, () => 2 * draws.normal()),
  position: rows(1, () => draws.below(8)), // beyond the last counts as the last
  clicked: rows(1, () => draws.below(2)),
  weight: rows(1, () => 3 * draws.uniform()),
};
const widths = { features: 5, position: 1, clicked: 1, weight: 1 };
const start = initialRanker(
  SHAPE,
  0.2,
  draws,
  Float64Array.from({ length: 6 }, (_, n) => (n + 1) ** -0.5),
);

async function run(outputs: Record<string, Tensor>, from: number, to: number): Promise<Record<string, Float32Array>> {
  const session = await openSession(graphOf(outputs));
  const feeds = Object.entries(widths).map(([name, width]) => {
    const data = columns[name as keyof typeof columns].slice(from * width, to * width);
    return [name, value('float32', data, [to - from, width])] as const;
  });
  const found = await session.run({ ...Object.fromEntries(feeds), parameters: value('float32', start, [vector.size]) });
  await session.release();
  return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, data as Float32Array]));
}

const whole = (loss: Tensor) => gradients(loss, [parameters])[0]!;
const one = mul(privateLoss(losses, slices, { most: 1e9, size: 1 }), 1);

describe('the loss whose gradient is clipped example by example', () => {
  it('knows the length of each gradient, which it never makes', async () => {
    const { lengths } = await run({ lengths: squaredLengths(losses, slices) }, 0, ROWS);
    for (let row = 0; row < ROWS; row++) {
      const { gradient } = await run({ gradient: whole(one) }, row, row + 1);
      const length = gradient!.reduce((sum, each) => sum + each * each, 0);
      expect(lengths![row]! / length).toBeCloseTo(1, 4);
    }
  });

  it('has the sum of the clipped gradients of its examples as gradient, and tells the loss as it is', async () => {
    const { lengths } = await run({ lengths: squaredLengths(losses, slices) }, 0, ROWS);
    const most = Math.sqrt([...lengths!].sort((a, b) => a - b)[4]!); // some are clipped, some are not
    const hidden = privateLoss(losses, slices, { most, size: 12 });
    const { gradient, loss, plain } = await run({ gradient: whole(hidden), loss: hidden, plain: losses }, 0, ROWS);
    const wanted = new Float64Array(vector.size);
    for (let row = 0; row < ROWS; row++) {
      const { gradient: own } = await run({ gradient: whole(one) }, row, row + 1);
      const length = Math.sqrt(own!.reduce((sum, each) => sum + each * each, 0));
      for (const [k, each] of own!.entries()) wanted[k]! += (each * Math.min(1, most / length)) / 12;
    }
    for (const [k, each] of wanted.entries()) expect(gradient![k]).toBeCloseTo(each, 5);
    expect(loss![0]).toBeCloseTo(plain!.reduce((sum, each) => sum + each, 0) / 12, 4);
  });

  it('is refused where a parameter is no part of one dense layer', () => {
    const shapes = new ParameterVector({ matrix: [5, 5], bias: [1, 5] });
    const { matrix, bias } = shapes.slices(input('parameters', 'float32', [shapes.size])) as Record<string, Tensor>;
    const x = input('features', 'float32', ['N', 5]);
    const told = (losses: Tensor) => () => privateLoss(losses, { matrix: matrix!, bias: bias! }, { most: 1, size: 1 });
    expect(told(gemm(x, matrix!, { c: bias! }))).not.toThrow();
    expect(told(add(matmul(x, matrix!), bias!))).toThrow('a matrix or a bias of one dense layer');
    expect(told(matmul(relu(gemm(x, matrix!, { c: bias! })), matrix!))).toThrow('in a second one');
  });
});
