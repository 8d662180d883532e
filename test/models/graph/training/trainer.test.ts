import { expect, it } from 'vitest';
import * as f from '../../../../models/graph/functions.ts';
import { value } from '../../../../models/graph/runtime.ts';
import { input, type Tensor } from '../../../../models/graph/tensor.ts';
import { clipByNorm, clipByValue } from '../../../../models/graph/training/descent/clipping.ts';
import { adam, adamW, type Optimiser, sgd } from '../../../../models/graph/training/descent/optimisers.ts';
import { ParameterVector } from '../../../../models/graph/training/parameters.ts';
import { sgdRows } from '../../../../models/graph/training/tables/row-optimisers.ts';
import { EmbeddingTable } from '../../../../models/graph/training/tables/table.ts';
import { createTrainer, initialState, type TrainerOptions } from '../../../../models/graph/training/trainer.ts';
import { random } from '../../../../models/random.ts';
import { describeOnEach } from '../providers.ts';

const vector = new ParameterVector({ w: [2, 1], b: [1] });
const START = [0.5, -0.3, 0.1];

/** Mean squared error of a line through x [N, 2] and y [N, 1]. */
const squaredError = (parameters: Readonly<Record<string, Tensor>>) => {
  const away = f.sub(
    f.gemm(input('x', 'float32', ['N', 2]), parameters.w!, { c: parameters.b! }),
    input('y', 'float32', ['N', 1]),
  );
  return f.mean(f.mul(away, away));
};
const x = [1, 2, -1, 0.5, 0.3, -2];
const y = [1, 0, -1];
const batch = { x: value('float32', Float32Array.from(x), [3, 2]), y: value('float32', Float32Array.from(y), [3, 1]) };
const bad = { ...batch, y: value('float32', Float32Array.of(0, Number.POSITIVE_INFINITY, 0), [3, 1]) };

/** Batches of three rows, and now and then of two, in memory that the next one takes again. */
function* batches(count: number) {
  const draws = random(7);
  const memory = { x: new Float32Array(6), y: new Float32Array(3) };
  for (let k = 0; k < count; k++) {
    const rows = k % 5 === 4 ? 2 : 3;
    for (const numbers of Object.values(memory)) for (const at of numbers.keys()) numbers[at] = draws.normal();
    yield {
      x: value('float32', memory.x.subarray(0, rows * 2), [rows, 2]),
      y: value('float32', memory.y.subarray(0, rows), [rows, 1]),
    };
  }
}

describeOnEach('the trainer', provider => {
  const open = (optimiser: Optimiser, options: TrainerOptions = {}) =>
    createTrainer(vector, squaredError, optimiser, initialState(optimiser, Float32Array.from(START)), {
      providers: [provider],
      ...options,
    });
  /** The parameters after some steps on the one batch. */
  const trained = async (optimiser: Optimiser, options: TrainerOptions = {}, steps = 3) => {
    const trainer = await open(optimiser, options);
    for (let k = 0; k < steps; k++) await trainer.step(batch);
    await trainer.release();
    return [...trainer.state.parameters];
  };

  it('follows Adam as its paper writes it, computed here in plain numbers', async () => {
    const trainer = await open(adam({ rate: 0.05 }));
    expect(trainer.provider).toBe(provider);
    const plain = { p: [...START], m: [0, 0, 0], v: [0, 0, 0] };
    for (let t = 1; t <= 30; t++) {
      const away = y.map(
        (target, row) => x[2 * row]! * plain.p[0]! + x[2 * row + 1]! * plain.p[1]! + plain.p[2]! - target,
      );
      const loss = await trainer.step(batch);
      expect(loss).toBeCloseTo(away.reduce((sum, each) => sum + each ** 2, 0) / 3, 5);
      for (const k of [0, 1, 2]) {
        const slope = away.reduce((sum, each, row) => sum + (2 / 3) * each * (k === 2 ? 1 : x[2 * row + k]!), 0);
        plain.m[k] = 0.9 * plain.m[k]! + 0.1 * slope;
        plain.v[k] = 0.999 * plain.v[k]! + 0.001 * slope ** 2;
        plain.p[k]! -= (0.05 * (plain.m[k]! / (1 - 0.9 ** t))) / (Math.sqrt(plain.v[k]! / (1 - 0.999 ** t)) + 1e-8);
      }
    }
    await trainer.release();
    expect(trainer.state.step).toBe(30);
    for (const [k, p] of plain.p.entries()) expect(trainer.state.parameters[k]).toBeCloseTo(p, 5);
  });

  it('goes on from a state to the same bits', async () => {
    const whole = await open(adam());
    for (let step = 0; step < 6; step++) await whole.step(batch);
    const first = await open(adam());
    for (let step = 0; step < 2; step++) await first.step(batch);
    const second = await createTrainer(vector, squaredError, adam(), structuredClone(first.state), {
      providers: [provider],
    });
    for (let step = 0; step < 4; step++) await second.step(batch);
    expect(second.state).toEqual(whole.state);
    await Promise.all([whole, first, second].map(each => each.release()));
  });

  it('works in two sets of buffers, and allocates none', async () => {
    const trainer = await open(adam());
    const seen = new Set<ArrayBufferLike>();
    for (let step = 0; step < 5; step++) {
      seen.add(trainer.state.parameters.buffer);
      await trainer.step(batch);
    }
    expect(seen.size).toBe(2);
    await trainer.release();
  });

  it.each([2, 4, 100])('makes the same steps when %i of them are one run', async stepsPerRun => {
    const [single, several] = [await open(adamW({ decay: 0.1 })), await open(adamW({ decay: 0.1 }), { stepsPerRun })];
    const losses = await single.steps(batches(14));
    expect(await several.steps(batches(14))).toEqual(losses.map(loss => expect.closeTo(loss, 6)));
    expect(several.state.step).toBe(14);
    for (const [k, p] of single.state.parameters.entries()) expect(several.state.parameters[k]).toBeCloseTo(p, 6);
    expect(await several.step(batch)).toBeCloseTo(await single.step(batch), 6);
    await Promise.all([single, several].map(each => each.release()));
  });

  it('stops at a loss that is not finite, with the step, and keeps the state before it', async () => {
    const trainer = await open(adam());
    await trainer.step(batch);
    const before = structuredClone(trainer.state);
    await expect(trainer.step(bad)).rejects.toThrow(/TRAINING_DIVERGED.*step 2; expected a finite loss; got Infinity/);
    expect(trainer.state).toEqual(before);
    await trainer.release();
  });

  it('stops before a second moment that would not be finite, by which a parameter would stand still for ever', async () => {
    const trainer = await open(adam());
    const steep = { ...batch, y: value('float32', Float32Array.of(0, 1e19, 0), [3, 1]) };
    const far = { ...steep, x: value('float32', Float32Array.of(1, 2, -1, 5e2, 0.3, -2), [3, 2]) };
    await expect(trainer.step(far)).rejects.toThrow(/TRAINING_DIVERGED.*step 1; expected finite parameters, and slots/);
    await trainer.release();
  });

  it('forgets batches that came before one that failed', async () => {
    const trainer = await open(sgd(), { stepsPerRun: 4 });
    const failing = function* () {
      yield batch;
      throw new Error('no more');
    };
    await expect(trainer.steps(failing())).rejects.toThrow('no more');
    expect(await trainer.steps([batch])).toHaveLength(1);
    expect(trainer.state.step).toBe(1);
    await trainer.release();
  });

  it('stops before parameters that would not be finite, though the loss still is', async () => {
    const trainer = await open(sgd({ rate: 1e38 }));
    const far = { ...batch, y: value('float32', Float32Array.of(1e9, 0, 0), [3, 1]) };
    await expect(trainer.step(far)).rejects.toThrow(/TRAINING_DIVERGED.*step 1; expected finite parameters/);
    expect([...trainer.state.parameters]).toEqual([...Float32Array.from(START)]);
    await trainer.release();
  });

  it('names the step within a run of several, and keeps the state before the run', async () => {
    const trainer = await open(adam(), { stepsPerRun: 4 });
    await trainer.step(batch);
    const before = structuredClone(trainer.state);
    await expect(trainer.steps([batch, batch, bad, batch])).rejects.toThrow(/TRAINING_DIVERGED.*step 4/);
    expect(trainer.state).toEqual(before);
    await trainer.release();
  });

  it('leaves a group with rate 0 as it is, and moves one with another rate by as much more', async () => {
    const [plain, frozen, faster] = await Promise.all([
      trained(sgd({ rate: 0.1 }), {}, 1),
      trained(adam({ rate: 0.1 }), { groups: [{ match: /^w$/, rate: 0 }] }),
      trained(sgd({ rate: 0.1 }), { groups: [{ match: /^b$/, rate: 3 }] }, 1),
    ]);
    const start = [...Float32Array.from(START)];
    expect(frozen.slice(0, 2)).toEqual(start.slice(0, 2));
    expect(frozen[2]).not.toBe(start[2]);
    expect(faster.slice(0, 2)).toEqual(plain.slice(0, 2));
    expect(faster[2]! - start[2]!).toBeCloseTo(3 * (plain[2]! - start[2]!), 6);
  });

  it('decays what is to decay', async () => {
    const [all, weights, none] = await Promise.all([
      trained(adamW({ rate: 0.01, decay: 0.5 })),
      trained(adamW({ rate: 0.01, decay: 0.5 }), { groups: [{ match: /^b$/, decay: 0 }] }),
      trained(adam({ rate: 0.01 })),
    ]);
    expect(weights[2]).toBeCloseTo(none[2]!, 5);
    expect(Math.abs(weights[0]! - all[0]!)).toBeLessThan(1e-4);
    expect(all[2]).toBeLessThan(none[2]! - 1e-4);
  });

  it('clips the gradient of all parameters together, or each element', async () => {
    const moves = async (options: TrainerOptions) =>
      (await trained(sgd({ rate: 1 }), options, 1)).map((p, k) => START[k]! - p);
    const slope = await moves({});
    expect(Math.hypot(...(await moves({ clip: clipByNorm(0.1) })))).toBeCloseTo(0.1, 4);
    expect(await moves({ clip: clipByNorm(1e3) })).toEqual(slope);
    expect((await moves({ clip: clipByValue(0.05) })).every(each => Math.abs(each) <= 0.05 + 1e-6)).toBe(true);
  });

  it('looks up the rows of a table for a batch, and moves those rows alone', async () => {
    const table = new EmbeddingTable({ name: 'items', width: 2, seed: 1, optimiser: sgdRows() });
    table.grow(5);
    const before = table.values.slice();
    const squares = ({ scale }: Readonly<Record<string, Tensor>>) => {
      const rows = input('items', 'float32', ['N', 'F', 2]);
      return f.mul(f.div(f.sum(f.mul(rows, rows)), 2), scale!);
    };
    const own = new ParameterVector({ scale: [] });
    const trainer = await createTrainer(own, squares, sgd({ rate: 0 }), initialState(sgd(), Float32Array.of(2)), {
      providers: [provider],
      tables: { items: { table, rate: step => 0.1 * step } },
    });
    const ids = value('int32', Int32Array.of(4, 0, 4, 2), [2, 2]);
    const loss = await trainer.step({ items: ids });
    await trainer.release();
    const rows = [4, 0, 4, 2].map(row => before.slice(row * 2, row * 2 + 2));
    expect(loss).toBeCloseTo(
      rows.reduce((sum, row) => sum + row[0]! ** 2 + row[1]! ** 2, 0),
      6,
    );
    // The gradient of a row is twice the row; row 4 was there twice.
    const kept = [1 - 0.2, 1, 1 - 0.2, 1, 1 - 0.4];
    expect([...table.values]).toEqual([...before].map((w, k) => expect.closeTo(w * kept[Math.floor(k / 2)]!, 6)));
  });

  it('refuses a state of other sizes, tables within a run of several steps, and a batch without ids', async () => {
    await expect(createTrainer(vector, squaredError, adam(), initialState(sgd(), new Float32Array(3)))).rejects.toThrow(
      /INPUT_INVALID.*expected parameters and 2 slots of 3 numbers; got 3/,
    );
    const table = new EmbeddingTable({ name: 'items', width: 2, seed: 1, optimiser: sgdRows() });
    const tables = { x: { table, rate: () => 1 } };
    await expect(open(sgd(), { tables, stepsPerRun: 2 })).rejects.toThrow(/INPUT_INVALID.*one step a run/);
    const trainer = await open(sgd(), { tables });
    await expect(trainer.step(batch)).rejects.toThrow(/INPUT_INVALID.*batch, x; expected ids of rows.*got float32/);
    await trainer.release();
  });
});

it('hands each parameter of one kind that follows another of it to the same stretch', () => {
  const shapes = { 'a.weight': [2, 2], 'a.bias': [2], 'b.bias': [1], 'b.weight': [3] };
  const stretches = new ParameterVector(shapes).stretches(name => name.endsWith('bias'));
  expect(stretches).toEqual([
    { kind: false, size: 4 },
    { kind: true, size: 3 },
    { kind: false, size: 3 },
  ]);
});
