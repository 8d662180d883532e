import { beforeAll, describe, expect, it } from 'vitest';
import { attackGraph } from '../../../models/attack/attack-graph.ts';
import { fgsm, type IteratedAttack, pgd } from '../../../models/attack/attacks.ts';
import type { Norm } from '../../../models/attack/norms.ts';
import * as f from '../../../models/graph/functions.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { constant, type Graph, input, type Tensor } from '../../../models/graph/tensor.ts';
import { random } from '../../../models/random.ts';
import fc from '../../properties.ts';
import { type Net, trainedNet } from './net.ts';

const NORMS: readonly Norm[] = ['linf', 'l2', 'l1'];
const WIDTH = 6;
let net: Net;
beforeAll(async () => {
  net = await trainedNet(WIDTH);
});

const vector = (values: readonly number[]) => constant('float32', Float32Array.from(values), [values.length]);

/** Runs a graph on rows of `x` and what else is fed. */
async function run(graph: Graph, rows: { x: readonly number[]; y: readonly number[] }, start?: Float32Array) {
  const session = await openSession(graph);
  const count = rows.y.length;
  const fed = {
    x: value('float32', Float32Array.from(rows.x), [count, rows.x.length / count]),
    y: value('float32', Float32Array.from(rows.y), [count, 1]),
    start: value('float32', start ?? new Float32Array(rows.x.length), [count, rows.x.length / count]),
  };
  const names = new Set(session.inputs.map(({ name }) => name));
  const feeds = Object.fromEntries(Object.entries(fed).filter(([name]) => names.has(name)));
  const results = await session.run(feeds);
  await session.release();
  return {
    adversarial: results['adversarial.x']!.data as Float32Array,
    loss: Number(results.loss!.data[0]),
    attacked: Number(results.attacked_loss!.data[0]),
  };
}

const attacked = (attack: IteratedAttack) => attackGraph(net.graph, { loss: 'loss', inputs: ['x'] }, attack);

function sizeOf(change: readonly number[], norm: Norm): number {
  const sizes = change.map(Math.abs);
  if (norm === 'linf') return Math.max(...sizes);
  return norm === 'l1' ? sizes.reduce((a, b) => a + b, 0) : Math.hypot(...sizes);
}

const rowsOf = (values: ArrayLike<number>) =>
  Array.from({ length: values.length / WIDTH }, (_, row) => Array.from(values).slice(row * WIDTH, (row + 1) * WIDTH));

describe('an attack', () => {
  it.each(NORMS)('%s obeys budget, units and bounds in every row, whatever they are', async norm => {
    const numbers = (least: number, most: number) =>
      fc.array(fc.float({ min: Math.fround(least), max: Math.fround(most), noNaN: true }), {
        minLength: WIDTH,
        maxLength: WIDTH,
      });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          x: fc.array(numbers(-3, 3), { minLength: 1, maxLength: 4 }),
          unit: numbers(0, 2),
          budget: fc.float({ min: 0, max: 4, noNaN: true }),
          low: fc.float({ min: -2, max: 0, noNaN: true }),
          high: fc.float({ min: 0, max: 2, noNaN: true }),
          steps: fc.constantFrom(1, 3),
          targeted: fc.boolean(),
          seed: fc.nat(),
        }),
        async ({ x, unit, budget, low, high, steps, targeted, seed }) => {
          const start = [input('start', 'float32', ['N', WIDTH])];
          const graph = attacked({ norm, budget, unit: vector(unit), low, high, steps, targeted, start });
          const draws = random(seed);
          const noise = Float32Array.from({ length: x.length * WIDTH }, () => 2 * draws.uniform() - 1);
          const { adversarial } = await run(graph, { x: x.flat(), y: x.map((_, row) => row % 2) }, noise);
          for (const [row, moved] of rowsOf(adversarial).entries()) {
            const was = x[row]!;
            for (const [k, each] of moved.entries()) {
              expect(each).toBeGreaterThanOrEqual(Math.min(low, was[k]!));
              expect(each).toBeLessThanOrEqual(Math.max(high, was[k]!));
              if (unit[k] === 0) expect(each).toBe(was[k]! + 0);
            }
            const change = moved.map((each, k) => (unit[k]! > 0 ? (each - was[k]!) / unit[k]! : 0));
            // x + change is rounded to a float32 around x: as much as that, in units, no difference can show.
            const rounding = sizeOf(
              was.map((each, k) => (unit[k]! > 0 ? (2 ** -22 * (Math.abs(each) + 4)) / unit[k]! : 0)),
              norm,
            );
            expect(sizeOf(change, norm)).toBeLessThanOrEqual(budget * (1 + 1e-6) + rounding);
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  it.each(NORMS)('%s with a budget of nothing changes nothing', async norm => {
    const { adversarial, loss, attacked: after } = await run(attacked({ norm, budget: 0, steps: 3 }), net.rows);
    expect([...adversarial]).toEqual(Array.from(Float32Array.from(net.rows.x)));
    expect(after).toBe(loss);
  });

  it.each(NORMS)('%s raises the loss, more so in several steps, and lowers it where it is targeted', async norm => {
    const budget = { linf: 0.15, l2: 0.3, l1: 0.5 }[norm];
    const once = await run(attacked({ norm, budget, steps: 1, stepSize: budget }), net.rows);
    const often = await run(attacked({ norm, budget, steps: 8 }), net.rows);
    const targeted = await run(attacked({ norm, budget, steps: 10, targeted: true }), net.rows);
    expect(once.attacked).toBeGreaterThan(once.loss + 0.01);
    expect(often.attacked).toBeGreaterThanOrEqual(once.attacked);
    expect(targeted.attacked).toBeLessThan(targeted.loss / 2);
  });

  it('begins where it is told to', async () => {
    const start = [input('start', 'float32', ['N', WIDTH])];
    const graph = attacked({ norm: 'linf', budget: 0.5, steps: 0, start });
    const noise = Float32Array.from(net.rows.x, (_, k) => (k % 3) - 1);
    const { adversarial } = await run(graph, net.rows, noise);
    expect([...adversarial]).toEqual(net.rows.x.map((x, k) => expect.closeTo(x + 0.5 * ((k % 3) - 1), 5)));
  });
});

describe('against a linear model, the best change is known', () => {
  const w = [3, -4, 0, 1, 0.5, -2];
  const x = input('x', 'float32', ['N', WIDTH]);
  const linear = f.sum(f.matmul(x, f.unsqueeze(vector(w), [-1])));
  const rows = { x: [1, 2, 3, 4, 5, 6], y: [0] };
  const best: Record<Norm, number[]> = {
    linf: w.map(each => 0.5 * Math.sign(each)),
    l2: w.map(each => (0.5 * each) / Math.hypot(...w)),
    l1: w.map(each => (each === -4 ? -0.5 : 0)),
  };
  const cases = NORMS.flatMap(norm => [1, 5].map(steps => ({ norm, steps })));

  it.each(cases)('$norm in $steps steps', async ({ norm, steps }) => {
    const { adversarial, attackedLoss } = pgd(linear, [x], { norm, budget: 0.5, steps });
    const graph = graphOf({ 'adversarial.x': adversarial[0]!, loss: linear, attacked_loss: attackedLoss });
    const result = await run(graph, rows);
    expect([...result.adversarial]).toEqual(rows.x.map((each, k) => expect.closeTo(each + best[norm][k]!, 5)));
    const gain = best[norm].reduce((sum, each, k) => sum + each * w[k]!, 0);
    expect(result.attacked - result.loss).toBeCloseTo(gain, 4);
  });

  it('the first of equal elements takes an l1 budget, and tiny gradients have a direction too', async () => {
    const equal = f.mul(f.sum(x), 1e-18);
    for (const norm of NORMS) {
      const { adversarial } = fgsm(equal, [x], { norm, budget: 0.6 });
      const graph = graphOf({ 'adversarial.x': adversarial[0]!, loss: equal, attacked_loss: equal });
      const share = { linf: 0.6, l2: 0.6 / Math.sqrt(6), l1: 0 }[norm];
      const change = rows.x.map((each, k) => each + (norm === 'l1' && k === 0 ? 0.6 : share));
      expect([...(await run(graph, rows)).adversarial]).toEqual(change.map(each => expect.closeTo(each, 5)));
    }
  });
});

describe('a tensor within a graph', () => {
  it.each(NORMS)('can be attacked like an input: embeddings, each text on its own budget, in %s', async norm => {
    const table = constant(
      'float32',
      Float32Array.from({ length: 20 }, (_, k) => Math.sin(k)),
      [5, 4],
    );
    const ids = input('ids', 'int64', ['N', 'T']);
    const embedded = f.gather(table, ids);
    const loss = f.sum(f.sigmoid(f.sum(f.mul(embedded, f.tanh(embedded)), [1, 2])));
    const { adversarial, attackedLoss } = pgd(loss, [embedded], { norm, budget: 0.25, steps: 2 });
    const session = await openSession(
      graphOf({ was: embedded, is: adversarial[0] as Tensor, loss, attacked: attackedLoss }),
    );
    const results = await session.run({ ids: value('int64', BigInt64Array.of(0n, 1n, 2n, 3n, 4n, 4n), [2, 3]) });
    await session.release();
    const change = [...(results.is!.data as Float32Array)].map((each, k) => each - Number(results.was!.data[k]));
    expect(sizeOf(change.slice(0, 12), norm)).toBeCloseTo(0.25, 5);
    expect(sizeOf(change.slice(12), norm)).toBeCloseTo(0.25, 5);
    expect(Number(results.attacked!.data[0])).toBeGreaterThan(Number(results.loss!.data[0]));
  });

  it('and an attack on what is not there is refused', () => {
    expect(() => attackGraph(net.graph, { loss: 'cost', inputs: ['x'] }, { norm: 'l2', budget: 1, steps: 1 })).toThrow(
      /INPUT_INVALID.*output cost/,
    );
    expect(() => attackGraph(net.graph, { loss: 'loss', inputs: ['z'] }, { norm: 'l2', budget: 1, steps: 1 })).toThrow(
      /INPUT_INVALID.*input z/,
    );
  });
});
