import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as f from '../../../models/graph/functions.ts';
import { value } from '../../../models/graph/runtime.ts';
import { input } from '../../../models/graph/tensor.ts';
import { clipByNorm } from '../../../models/graph/training/descent/clipping.ts';
import { adagrad, adam, adamW, type Optimiser, sgd } from '../../../models/graph/training/descent/optimisers.ts';
import { ParameterVector } from '../../../models/graph/training/parameters.ts';
import {
  lazyAdam,
  type RowOptimiser,
  rowWiseAdagrad,
  sgdRows,
} from '../../../models/graph/training/tables/row-optimisers.ts';
import { EmbeddingTable } from '../../../models/graph/training/tables/table.ts';
import { createTrainer, initialState } from '../../../models/graph/training/trainer.ts';

/** What bench/torch/optimisers.py writes. */
interface Path {
  name: string;
  options: Record<string, number | boolean>;
  start: Numbers[];
  target: Numbers[];
  curvature: Numbers[];
  /** The parameters after each step. */
  steps: number[][][];
}
interface TablePath {
  name: string;
  options: { rate: number; epsilon?: number };
  start: Numbers;
  batches: { rows: Numbers; slopes: Numbers }[];
  steps: number[][];
}
interface Numbers {
  shape: number[];
  data: number[];
}

const read = <F>(name: string) => JSON.parse(readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8')) as F;
const { optimisers, tables } = read<{ optimisers: Path[]; tables: TablePath[] }>('torch-ops.json');

const OPTIMISERS: Record<string, (options: Path['options']) => Optimiser> = { sgd, adam, adamW, adagrad };

const ROW_OPTIMISERS: Record<string, (options: TablePath['options']) => RowOptimiser> = {
  lazyAdam,
  rowWiseAdagrad,
  sgdRows: () => sgdRows(),
};

describe('parameters take the path that they take in PyTorch', () => {
  it('with every optimiser', () => {
    const asked = [...new Set(optimisers.map(({ name }) => name))].toSorted();
    expect(Object.keys(OPTIMISERS).toSorted()).toEqual(asked);
    expect(Object.keys(ROW_OPTIMISERS).toSorted()).toEqual(tables.map(({ name }) => name).toSorted());
  });

  it.each(optimisers.map(each => [`${each.name} ${JSON.stringify(each.options)}`, each] as const))(
    '%s',
    async (_, path) => {
      const { start, target, curvature, steps } = path;
      const vector = new ParameterVector(Object.fromEntries(start.map(({ shape }, k) => [`p${k}`, shape])));
      const { clip, ...options } = path.options;
      const optimiser = OPTIMISERS[path.name]!(options);
      const trainer = await createTrainer(
        vector,
        learned =>
          start
            .map(({ shape }, k) => {
              const away = f.sub(learned[`p${k}`]!, input(`target${k}`, 'float32', shape));
              return f.div(f.sum(f.mul(f.mul(away, away), input(`curvature${k}`, 'float32', shape))), 2);
            })
            .reduce((a, b) => f.add(a, b)),
        optimiser,
        initialState(optimiser, Float32Array.from(start.flatMap(({ data }) => data))),
        clip === undefined ? {} : { clip: clipByNorm(Number(clip)) },
      );
      const fed = (name: string, of: Numbers[]) =>
        of.map(({ shape, data }, k) => [`${name}${k}`, value('float32', Float32Array.from(data), shape)] as const);
      const batch = Object.fromEntries([...fed('target', target), ...fed('curvature', curvature)]);
      for (const expected of steps) {
        await trainer.step(batch);
        expectNear(trainer.state.parameters, expected.flat());
      }
      await trainer.release();
    },
  );

  it.each(tables.map(each => [each.name, each] as const))('%s, for the rows of a table', (name, path) => {
    const { rate, ...options } = path.options;
    const optimiser = ROW_OPTIMISERS[name]!({ rate, ...options });
    const [rows, width] = path.start.shape as [number, number];
    const slots = Object.entries(optimiser.slots(width)).map(
      ([slot, numbers]) => [slot, new Float32Array(rows * numbers)] as const,
    );
    const table = new EmbeddingTable(
      { name, width, seed: 1, optimiser },
      { step: 0, values: Float32Array.from(path.start.data), slots: Object.fromEntries(slots) },
    );
    for (const [step, batch] of path.batches.entries()) {
      table.update(Int32Array.from(batch.rows.data), Float32Array.from(batch.slopes.data), rate);
      expectNear(table.values, path.steps[step]!);
    }
  });
});

function expectNear(values: Float32Array, expected: readonly number[]): void {
  expect(values.length).toBe(expected.length);
  const away = expected.map((each, place) => Math.abs(values[place]! - each));
  expect(Math.max(...away)).toBeLessThan(1e-6);
}
