import { describe, expect, it } from 'vitest';
import { DatasetBuilder } from '../../../activities/snapshot/dataset-builder.ts';
import { FEATURE_NAMES } from '../../../models/features/vector.ts';
import { UNKNOWN } from '../../../models/ranker/dataset/dataset.ts';
import { HISTORY } from '../../../models/ranker/model.ts';
import { examples } from '../examples.ts';

const ROWS = examples({ seed: 3, lists: 1_234, clicks: 'taste' });

function built(rows = ROWS) {
  const builder = new DatasetBuilder(FEATURE_NAMES);
  for (const row of rows) builder.add(row);
  return { builder, dataset: builder.build() };
}

describe('the builder of a dataset', () => {
  it('keeps every row while its columns grow', () => {
    const { dataset } = built();
    expect(dataset.rows).toBe(12_340);
    for (const row of [0, 4_095, 4_096, 8_192, 12_339]) {
      const { features, clicked, position, at_ms } = ROWS[row]!;
      const vector = dataset.features.subarray(row * FEATURE_NAMES.length, (row + 1) * FEATURE_NAMES.length);
      expect([...vector]).toEqual(features.map(Math.fround));
      expect([dataset.clicked[row], dataset.position[row], dataset.at_ms[row]]).toEqual([
        Number(clicked),
        position,
        at_ms,
      ]);
    }
  });

  it('counts lists, clicks and purchases, and numbers lists and users from 0', () => {
    const { builder, dataset } = built();
    expect(builder.lists).toBe(1_234);
    expect(builder.clicks).toBe(ROWS.filter(row => row.clicked).length);
    expect(builder.purchases).toBe(ROWS.filter(row => row.purchased).length);
    expect(dataset.list.at(-1)).toBe(1_233);
    expect(new Set(dataset.user)).toEqual(new Set(Array.from({ length: 97 }, (_, user) => user)));
  });

  it('marks what was shown in random order, and an unknown propensity by NaN', () => {
    const { dataset } = built();
    expect([dataset.explored[0], dataset.explored[10]]).toEqual([1, 0]);
    expect(dataset.propensity[0]).toBeCloseTo(0.1);
    expect(dataset.propensity[10]).toBeNaN();
  });

  it('numbers the languages of lists, and has none where no request says one', () => {
    expect(built().dataset.languages).toBeUndefined();
    const said = ['', 'pt-BR', 'de'];
    const rows = ROWS.map(row => ({ ...row, language: said[Number(row.list.slice(-1)) % 3]! }));
    const { dataset } = built(rows);
    expect(dataset.languages).toEqual(['pt-BR', 'de']);
    expect(Array.from(dataset.language!.subarray(0, 5))).toEqual([-1, 0, 1, -1, 0]);
    expect(dataset.language).toHaveLength(1_234);
  });

  it('numbers items by when they come first, in lists or in histories, which are filled up', () => {
    const { dataset } = built();
    for (const row of [0, 1, 4_095, 12_339]) expect(dataset.items[dataset.item[row]!]).toBe(ROWS[row]!.item);
    const list = dataset.list[4_095]!;
    const recent = dataset.history.subarray(list * HISTORY, (list + 1) * HISTORY);
    const { history } = ROWS[4_095]!;
    expect(Array.from(recent, item => dataset.items[item])).toEqual([
      ...history,
      ...new Array<undefined>(HISTORY - history.length).fill(undefined),
    ]);
    expect(dataset.history).toHaveLength(1_234 * HISTORY);
    expect(dataset.items).toHaveLength(50);
  });

  it('takes carts and purchases of lists that may still be amended for unknown, and so dismissals of before', () => {
    const builder = new DatasetBuilder(FEATURE_NAMES, ROWS[100]!.at_ms);
    for (const row of ROWS.slice(0, 200)) builder.add({ ...row, dismissed: row.position === 0 ? null : false });
    const { carted, purchased, dismissed } = builder.build();
    expect(Array.from(carted.subarray(0, 100))).toEqual(ROWS.slice(0, 100).map(row => Number(row.carted)));
    expect(new Set([...carted.subarray(100), ...purchased.subarray(100)])).toEqual(new Set([UNKNOWN]));
    expect(Array.from(dismissed.subarray(0, 3))).toEqual([UNKNOWN, 0, 0]);
    expect(builder.purchases).toBe(ROWS.slice(0, 200).filter(row => row.purchased).length);
  });

  it('has columns of exactly the rows, also of none', () => {
    expect(built([]).dataset).toMatchObject({ rows: 0, features: new Float32Array(), list: new Int32Array() });
    expect(built(ROWS.slice(0, 7)).dataset.position).toHaveLength(7);
  });

  it('refuses a vector of another length', () => {
    expect(() => built([{ ...ROWS[0]!, features: [1, 2] }])).toThrow('list-000000: 2 features');
  });
});
