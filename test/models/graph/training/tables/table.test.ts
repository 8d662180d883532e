import { describe, expect, it } from 'vitest';
import { rowWiseAdagrad, sgdRows } from '../../../../../models/graph/training/tables/row-optimisers.ts';
import { EmbeddingTable } from '../../../../../models/graph/training/tables/table.ts';
import { LIMITS } from '../../../../../schemas/limits.ts';
import fc from '../../../../properties.ts';

const options = { name: 'items', width: 3, seed: 1, optimiser: rowWiseAdagrad() };
const tableOf = (rows: number, given: Partial<typeof options> = {}) => {
  const table = new EmbeddingTable({ ...options, ...given });
  table.grow(rows);
  return table;
};

describe('an embedding table', () => {
  it('gathers the rows of its ids, in their order, repeated ones too', () => {
    const table = tableOf(5);
    const into = new Float32Array(9).fill(9);
    table.gather(Int32Array.of(4, 0), into);
    expect([...into]).toEqual([...table.values.subarray(12, 15), ...table.values.subarray(0, 3), 9, 9, 9]);
    table.gather(Int32Array.of(1, 1, 1), into);
    expect([...into.subarray(6)]).toEqual([...table.values.subarray(3, 6)]);
  });

  it('begins with normal numbers of the asked deviation, others for another seed or name', () => {
    const { values } = tableOf(4_000);
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
    expect(mean).toBeCloseTo(0, 3);
    expect(deviation).toBeCloseTo(0.02, 3);
    expect(tableOf(5, { seed: 2 }).values).not.toEqual(tableOf(5).values);
    expect(tableOf(5, { name: 'users' }).values).not.toEqual(tableOf(5).values);
  });

  it('is the same whether it grew or was made as large, and keeps what was learned', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { minLength: 1, maxLength: 6 }), sizes => {
        const grown = tableOf(2);
        grown.update(Int32Array.of(1), Float32Array.of(1, -2, 3), 0.1);
        for (const size of sizes) grown.grow(size);
        const whole = tableOf(Math.max(2, ...sizes));
        whole.update(Int32Array.of(1), Float32Array.of(1, -2, 3), 0.1);
        expect(grown.state).toEqual(whole.state);
      }),
    );
  });

  it('leaves rows that the batch does not name as they are, to the bit', () => {
    const table = tableOf(6, { optimiser: rowWiseAdagrad({ decay: 0.1 }) });
    const before = structuredClone(table.state);
    table.update(
      Int32Array.of(2, 4, 2),
      Float32Array.from({ length: 9 }, (_, k) => k - 4),
      0.1,
    );
    for (const row of [0, 1, 3, 5]) {
      expect(table.values.subarray(3 * row, 3 * row + 3)).toEqual(before.values.subarray(3 * row, 3 * row + 3));
      expect(table.state.slots.squares![row]).toBe(0);
    }
    for (const row of [2, 4]) expect(table.values[3 * row]).not.toBe(before.values[3 * row]);
  });

  it('goes on from a state to the same bits', () => {
    const ids = Int32Array.of(3, 1, 3);
    const gradients = () => Float32Array.from({ length: 9 }, (_, k) => Math.sin(k));
    const whole = tableOf(5);
    for (let step = 0; step < 4; step++) whole.update(ids, gradients(), 0.1);
    const first = tableOf(5);
    for (let step = 0; step < 2; step++) first.update(ids, gradients(), 0.1);
    const second = new EmbeddingTable(options, structuredClone(first.state));
    for (let step = 0; step < 2; step++) second.update(ids, gradients(), 0.1);
    expect(second.state).toEqual(whole.state);
    second.grow(9);
    whole.grow(9);
    expect(second.state).toEqual(whole.state);
  });

  it.each<[string, (table: EmbeddingTable) => void, RegExp]>([
    [
      'an id beyond its rows',
      t => t.gather(Int32Array.of(0, 4), new Float32Array(6)),
      /id 1 of the batch.*below 4; got 4/,
    ],
    ['a negative id', t => t.update(Int32Array.of(-1), new Float32Array(3), 1), /id 0 of the batch; .*got -1/],
    [
      'too small a place',
      t => t.gather(Int32Array.of(0, 1), new Float32Array(5)),
      /the table items; expected room for 2/,
    ],
    ['gradients of another size', t => t.update(Int32Array.of(0, 1), new Float32Array(5), 1), /2 x 3 numbers; got 5/],
    [
      'a gradient that is not finite',
      t => t.update(Int32Array.of(0, 3), Float32Array.of(1, 1, 1, 1, Number.NaN, 1), 1),
      /TRAINING_DIVERGED.*row 3; expected a finite number; got NaN/,
    ],
    [
      'more than may be held',
      t => t.grow(LIMITS.embedding_table_bytes),
      /INPUT_INVALID.*the table items; expected at most/,
    ],
  ])('refuses %s, and stays as it was', (_, act, message) => {
    const table = tableOf(4);
    const before = structuredClone(table.state);
    expect(() => act(table)).toThrow(message);
    expect(table.state).toEqual(before);
  });

  it('begins anew with the values of an earlier training', () => {
    const { values } = tableOf(4);
    const table = new EmbeddingTable(options, { step: 0, values: values.slice(), slots: {} });
    expect(table.state).toEqual({ step: 0, values, slots: { squares: new Float32Array(4) } });
  });

  it('refuses a state of another table', () => {
    const state = () => structuredClone(tableOf(4).state);
    expect(() => new EmbeddingTable({ ...options, width: 5 }, state())).toThrow(/rows of 5 numbers; got 12 numbers/);
    expect(() => new EmbeddingTable(options, { ...state(), step: 1, slots: {} })).toThrow(
      /4 numbers in the slot squares; got 0/,
    );
    expect(() => new EmbeddingTable({ ...options, optimiser: sgdRows() }, state())).toThrow(/no slot squares/);
  });
});
