import { expect, it } from 'vitest';
import { steered } from '../../../../models/attack/images/steered.ts';
import * as f from '../../../../models/graph/functions.ts';
import { graphOf } from '../../../../models/graph/graph.ts';
import { openSession, value } from '../../../../models/graph/runtime.ts';
import { constant, input } from '../../../../models/graph/tensor.ts';
import { random } from '../../../../models/random.ts';

const [SIDE, WIDTH, PICTURES] = [8, 6, 5];
const SIZE = 3 * SIDE * SIDE;
const draws = random(4);
const pixels = input('pixels', 'float32', ['B', 3, SIDE, SIDE]);
const kernels = constant(
  'float32',
  Float32Array.from({ length: WIDTH * 27 }, () => draws.normal()),
  [WIDTH, 3, 3, 3],
);
const vector = f.l2Normalise(f.squeeze(f.globalAveragePool(f.relu(f.conv(pixels, kernels))), [2, 3]));
const squares = Array.from({ length: PICTURES }, () =>
  Float32Array.from({ length: SIZE }, () => 1.9 * draws.uniform() - 0.95),
);

async function vectorsOf(some: readonly Float32Array[]): Promise<number[][]> {
  const session = await openSession(graphOf({ vector }));
  const fed = Float32Array.from(some.flatMap(each => [...each]));
  const out = (await session.run({ pixels: value('float32', fed, [some.length, 3, SIDE, SIDE]) })).vector!;
  await session.release();
  return some.map((_, n) => [...(out.data as Float32Array)].slice(n * WIDTH, (n + 1) * WIDTH));
}

const along = (a: readonly number[], b: ArrayLike<number>) => a.reduce((sum, x, k) => sum + x * b[k]!, 0);

it('vectors go away from where they were, by no more than the budget in any pixel', async () => {
  const before = await vectorsOf(squares);
  const ways = before.map(each => Float32Array.from(each, x => -x));
  const moved = await steered({ vector, side: SIDE }, squares, ways, { budget: 0.1, steps: 4, seed: 1 });
  const after = await vectorsOf(moved);
  const grainy = squares.map(square => square.map(x => Math.max(-1, Math.min(1, x + 0.2 * Math.sign(draws.normal())))));
  const noisy = await vectorsOf(grainy);
  const mean = (vectors: readonly number[][]) =>
    vectors.reduce((sum, own, n) => sum + along(own, before[n]!), 0) / PICTURES;
  expect(mean(after)).toBeLessThan(mean(noisy) - 0.05);
  for (const [n, own] of moved.entries()) {
    expect(Math.max(...own.map((x, at) => Math.abs(x - squares[n]![at]!)))).toBeLessThan((0.1 * 255) / 128 + 1e-5);
    expect(own.every(x => x >= -127 / 128 && x <= 1)).toBe(true);
  }
});

it('within a square alone, where it has a share of the area, and the same again from a seed', async () => {
  const ways = squares.map(() => Float32Array.from({ length: WIDTH }, () => draws.normal()));
  const how = { budget: 1, steps: 2, share: 0.25, seed: 7 };
  const moved = await steered({ vector, side: SIDE }, squares, ways, how);
  expect(await steered({ vector, side: SIDE }, squares, ways, how)).toEqual(moved);
  for (const [n, own] of moved.entries()) {
    const changed = [...own.keys()].filter(at => own[at] !== squares[n]![at]);
    const rows = new Set(changed.map(at => Math.floor(at / SIDE) % SIDE));
    const columns = new Set(changed.map(at => at % SIDE));
    expect([rows.size, columns.size]).toEqual([4, 4]);
  }
});
