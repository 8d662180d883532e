import { describe, expect, it } from 'vitest';
import { type Explainer, type ExplainerOptions, openExplainer } from '../../../models/explain/explainer.ts';
import * as f from '../../../models/graph/functions.ts';
import { gradients } from '../../../models/graph/gradients.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { openSession, type Value, value } from '../../../models/graph/runtime.ts';
import { constant, type Graph, input, type Tensor } from '../../../models/graph/tensor.ts';
import { random } from '../../../models/random.ts';
import { initialRanker, type RankerShape, rankerParameters, servingRanker } from '../../../models/ranker/ranker.ts';

const shape: RankerShape = { features: 12, hidden: [32, 16], positions: 3 };
const [price, taste, unknown] = [
  [0, 1, 2],
  [3, 4, 5, 6],
  [7, 8, 9, 10],
];

/** A ranker with large weights, so that it has many kinks; its last feature did not vary, and may not speak. */
function ranker(): Graph {
  const draws = random(5);
  const values = initialRanker(shape, 0.1, draws).map(weight => 2 * weight);
  const { hidden } = shape;
  const biases = rankerParameters(shape).views(values);
  for (const [layer, size] of hidden.entries()) {
    biases[`layer${layer}.bias`]!.set(Array.from({ length: size }, () => draws.normal()));
  }
  const scale = Float32Array.from({ length: shape.features }, (_, k) => (k === shape.features - 1 ? 0 : 1));
  return servingRanker(shape, { mean: new Float32Array(shape.features), scale }, values, [1, 0, 0]);
}

const rows = (count: number, seed = 1) => {
  const draws = random(seed);
  const data = Float32Array.from({ length: count * shape.features }, () => 2 * draws.normal());
  return { features: value('float32', data, [count, shape.features]) };
};

async function explained(graph: Graph, options: ExplainerOptions, feeds: Record<string, Value>) {
  const explainer = await openExplainer(graph, options);
  try {
    return await explainer.explain(feeds);
  } finally {
    await explainer.release();
  }
}

const ofRanker: ExplainerOptions = { inputs: { features: { baseline: 0 } }, output: 'score' };
const matrix = (...values: number[]) => constant('float32', Float32Array.from(values), [values.length, 1]);
const total = (values: Float64Array) => values.reduce((sum, each) => sum + each, 0);

describe('integrated gradients', () => {
  it('of a linear model are its weights times the way, exactly', async () => {
    const x = input('x', 'float32', ['N', 3]);
    const linear = graphOf({ score: f.add(f.matmul(x, matrix(2, -0.5, 4)), 7) });
    const baseline = Float32Array.of(1, 0, -1);
    const feeds = { x: value('float32', Float32Array.of(3, 8, 0, 1, 0, -1), [2, 3]) };
    const [first, second] = await explained(linear, { inputs: { x: { baseline } }, output: 'score' }, feeds);
    expect([...first!.attributions.x!]).toEqual([4, -4, 4].map(each => expect.closeTo(each, 12)));
    expect(first).toMatchObject({ score: 13 - 4 + 0, baselineScore: 5 });
    expect([...second!.attributions.x!]).toEqual([0, 0, 0]);
  });

  it('of a polynomial are what its integral on paper is', async () => {
    // F(a, b) = a^2 b, from 0 to (a, b): a^2 b is divided as 2/3 and 1/3.
    const [a, b] = f.split(input('x', 'float32', ['N', 2]), [1, 1], 1) as [Tensor, Tensor];
    const feeds = { x: value('float32', Float32Array.of(3, 2), [1, 2]) };
    const cubic = graphOf({ score: f.mul(f.mul(a, a), b) });
    const [only] = await explained(cubic, { inputs: { x: { baseline: 0 } }, output: 'score' }, feeds);
    expect([...only!.attributions.x!]).toEqual([12, 6].map(each => expect.closeTo(each, 5)));
  });

  it.each([1e-2, 1e-3, 1e-4])('of a ranker add up to the difference of scores within %f', async tolerance => {
    const feeds = rows(40);
    const explanations = await explained(ranker(), { ...ofRanker, tolerance }, feeds);
    const session = await openSession(ranker());
    const { score } = await session.run(feeds);
    await session.release();
    for (const [row, { attributions, score: own, baselineScore, error }] of explanations.entries()) {
      const gap = own - baselineScore;
      expect(own).toBeCloseTo(Number(score!.data[row]), 4);
      expect(Math.abs(total(attributions.features!) - gap)).toBeCloseTo(error, 9);
      expect(error).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(gap)));
      expect(attributions.features![shape.features - 1]).toBe(0);
    }
    expect(new Set(explanations.map(({ points }) => points)).size).toBeGreaterThan(1);
  });

  it('agree, element by element, with a sum over a very fine grid, kinks and all', async () => {
    const feeds = rows(3);
    const [grid, x] = [20_000, feeds.features.data as Float32Array];
    const explanations = await explained(ranker(), { ...ofRanker, tolerance: 1e-4 }, feeds);
    for (const [row, { attributions }] of explanations.entries()) {
      const way = x.subarray(row * shape.features, (row + 1) * shape.features);
      const slopes = await gradientsOn(way, grid);
      for (const [k, attribution] of attributions.features!.entries()) {
        const integral = slopes.reduce((sum, slope, at) => (at % shape.features === k ? sum + slope : sum), 0) / grid;
        expect(Math.abs(attribution - integral * way[k]!)).toBeLessThan(2e-3);
      }
    }
  });

  it('give the same numbers again, and to each group the sum of its elements', async () => {
    const groups = { price, taste, unknown, constant: [11] } as Record<string, number[]>;
    const options = { ...ofRanker, inputs: { features: { baseline: 0, groups } } };
    const [first, second] = [await explained(ranker(), options, rows(5)), await explained(ranker(), options, rows(5))];
    expect(second).toEqual(first);
    for (const { groups: sums, attributions } of first) {
      for (const [name, members] of Object.entries(groups)) {
        expect(sums[name]).toBeCloseTo(
          members.reduce((sum, k) => sum + attributions.features![k]!, 0),
          12,
        );
      }
    }
  });

  it('name features without which the score changes more than without others', async () => {
    const feeds = rows(60);
    const explanations = await explained(ranker(), ofRanker, feeds);
    const session = await openSession(ranker());
    const change = async (chosen: (attributions: Float64Array) => number[]) => {
      const without = Float32Array.from(feeds.features.data as Float32Array);
      for (const [row, { attributions }] of explanations.entries()) {
        for (const k of chosen(attributions.features!)) without[row * shape.features + k] = 0;
      }
      const { score } = await session.run({ features: value('float32', without, feeds.features.dims) });
      return explanations.reduce((sum, each, row) => sum + Math.abs(each.score - Number(score!.data[row])), 0);
    };
    const sorted = (values: Float64Array) =>
      [...values.keys()].sort((a, b) => Math.abs(values[b]!) - Math.abs(values[a]!));
    const [most, least] = [await change(v => sorted(v).slice(0, 3)), await change(v => sorted(v).slice(-3))];
    await session.release();
    expect(most).toBeGreaterThan(3 * least);
  });

  it('run in batches of a fixed size, beside inputs that are not attributed', async () => {
    const x = input('x', 'float32', [4, 2]);
    const kind = input('kind', 'int64', [4]);
    const weights = constant('float32', Float32Array.of(1, 2, -3, 4), [2, 2]);
    const fixed = graphOf({ score: f.sum(f.mul(x, f.gather(weights, kind)), [1]) });
    const feeds = {
      x: value('float32', Float32Array.of(1, 1, 1, 1, 5, 2), [3, 2]),
      kind: value('int64', BigInt64Array.of(0n, 1n, 1n), [3]),
    };
    const explanations = await explained(fixed, { inputs: { x: { baseline: 0 } }, output: 'score' }, feeds);
    expect(explanations.map(({ score }) => score)).toEqual([3, 1, -7]);
    expect(explanations.map(({ attributions }) => [...attributions.x!].map(Math.round))).toEqual([
      [1, 2],
      [-3, 4],
      [-15, 8],
    ]);
  });

  it('are refused where the score jumps, with the place', async () => {
    const x = input('x', 'float32', ['N', 1]);
    const jump = graphOf({ score: f.add(f.where(f.greater(x, 0.3), 1, 0), x) });
    const feeds = { x: value('float32', Float32Array.of(1), [1, 1]) };
    await expect(explained(jump, { inputs: { x: { baseline: 0 } }, output: 'score' }, feeds)).rejects.toThrow(
      /NOT_CONVERGED.*row 0, between 0\.\d+ and 0\.3/,
    );
  });

  it('are refused where a score is not a number', async () => {
    const feeds = rows(2);
    (feeds.features.data as Float32Array)[shape.features] = Number.NaN;
    await expect(explained(ranker(), ofRanker, feeds)).rejects.toThrow(/NOT_CONVERGED.*row 1/);
  });

  it.each<[string, Partial<ExplainerOptions>, RegExp]>([
    ['an input that is not there', { inputs: { price: { baseline: 0 } } }, /INPUT_INVALID.*price/],
    ['an output that is not there', { output: 'rank' }, /INPUT_INVALID.*rank.*float32\[N\]/],
    ['a short baseline', { inputs: { features: { baseline: new Float32Array(3) } } }, /INPUT_INVALID.*12 elements/],
    [
      'groups with an element twice',
      { inputs: { features: { baseline: 0, groups: { all: [...Array(12).keys(), 3] } } } },
      /INPUT_INVALID.*stands once/,
    ],
  ])('are refused for %s', async (_, wrong, message) => {
    await expect(explained(ranker(), { ...ofRanker, ...wrong }, rows(2))).rejects.toThrow(message);
  });

  it('of no rows are none', async () => {
    const explainer: Explainer = await openExplainer(ranker(), ofRanker);
    expect(await explainer.explain(rows(0))).toEqual([]);
    await explainer.release();
  });
});

/** The gradients of the ranker's score at the middles of many equal parts of the way from 0, row by row. */
async function gradientsOn(way: Float32Array, parts: number): Promise<Float32Array> {
  const graph = ranker();
  const session = await openSession(
    graphOf({ slopes: gradients(f.sum(graph.outputs.score!), [graph.inputs[0]!])[0]! }),
  );
  const features = Float32Array.from(
    { length: parts * way.length },
    (_, k) => (way[k % way.length]! * (Math.floor(k / way.length) + 0.5)) / parts,
  );
  const { slopes } = await session.run({ features: value('float32', features, [parts, way.length]) });
  await session.release();
  return slopes!.data as Float32Array;
}
