import { describe, expect, it } from 'vitest';
import {
  lazyAdam,
  type RowOptimiser,
  rowWiseAdagrad,
  sgdRows,
} from '../../../../../models/graph/training/tables/row-optimisers.ts';
import { EmbeddingTable } from '../../../../../models/graph/training/tables/table.ts';
import { random } from '../../../../../models/random.ts';
import fc from '../../../../properties.ts';

/** A row as its paper moves it: its values, its state from step to step, its summed gradient. */
type Rule = (row: Row, gradient: number[], rate: number, step: number) => void;
interface Row {
  w: number[];
  m: number[];
  v: number[];
}

const DECAY = 0.3;
const decayed = (row: Row, rate: number) => row.w.map(w => (1 - rate * DECAY) * w);
const RULES: Record<string, { optimiser: RowOptimiser; rule: Rule }> = {
  sgdRows: {
    optimiser: sgdRows({ decay: DECAY }),
    rule: (row, gradient, rate) => {
      row.w = decayed(row, rate).map((w, k) => w - rate * gradient[k]!);
    },
  },
  rowWiseAdagrad: {
    optimiser: rowWiseAdagrad({ decay: DECAY }),
    rule: (row, gradient, rate) => {
      row.v[0]! += gradient.reduce((sum, g) => sum + g ** 2, 0) / gradient.length;
      row.w = decayed(row, rate).map((w, k) => w - (rate * gradient[k]!) / (Math.sqrt(row.v[0]!) + 1e-8));
    },
  },
  lazyAdam: {
    optimiser: lazyAdam({ decay: DECAY }),
    rule: (row, gradient, rate, step) => {
      row.m = row.m.map((m, k) => 0.9 * m + 0.1 * gradient[k]!);
      row.v = row.v.map((v, k) => 0.999 * v + 0.001 * gradient[k]! ** 2);
      row.w = decayed(row, rate).map((w, k) => {
        const [mean, square] = [row.m[k]! / (1 - 0.9 ** step), row.v[k]! / (1 - 0.999 ** step)];
        return w - (rate * mean) / (Math.sqrt(square) + 1e-8);
      });
    },
  },
};

describe.each(Object.entries(RULES))('%s', (_, { optimiser, rule }) => {
  it('moves rows as a plain implementation does, sums repeated ids first, and touches no others', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.array(fc.nat(6), { maxLength: 12 }), { minLength: 1, maxLength: 5 }),
        fc.nat(),
        (width, batches, seed) => {
          const table = new EmbeddingTable({ name: 't', width, seed, optimiser, deviation: 1 });
          table.grow(7);
          const plain = Array.from({ length: 7 }, (_, row): Row => {
            const zeros = Array.from({ length: width }, () => 0);
            return { w: [...table.values.subarray(row * width, (row + 1) * width)], m: [...zeros], v: [...zeros] };
          });
          const draws = random(seed);
          for (const [at, ids] of batches.entries()) {
            const gradients = Float32Array.from({ length: ids.length * width }, () => draws.normal());
            const sums = new Map<number, number[]>();
            for (const [n, id] of ids.entries()) {
              const sum = sums.get(id) ?? Array.from({ length: width }, () => 0);
              sums.set(
                id,
                sum.map((each, k) => each + gradients[n * width + k]!),
              );
            }
            for (const [id, sum] of sums) rule(plain[id]!, sum, 0.1, at + 1);
            table.update(Int32Array.from(ids), gradients, 0.1);
          }
          const expected = plain.flatMap(({ w }) => w);
          for (const [k, value] of table.values.entries()) expect(value).toBeCloseTo(expected[k]!, 4);
        },
      ),
    );
  });
});

describe('lazy Adam', () => {
  it('counts the steps of the table: a row that comes late begins with a step 3.2 times as long', () => {
    const table = new EmbeddingTable({ name: 't', width: 1, seed: 1, optimiser: lazyAdam() });
    table.grow(2);
    const [early, late] = table.values;
    table.update(Int32Array.of(0), Float32Array.of(2), 1e-3);
    expect(early! - table.values[0]!).toBeCloseTo(1e-3, 6);
    for (let step = 0; step < 20_000; step++) table.update(Int32Array.of(0), Float32Array.of(0), 1e-3);
    table.update(Int32Array.of(1), Float32Array.of(2), 1e-3);
    expect(late! - table.values[1]!).toBeCloseTo(1e-3 * (0.1 / Math.sqrt(0.001)), 6);
  });
});
