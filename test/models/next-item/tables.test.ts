import { describe, expect, it } from 'vitest';
import { packArrays, unpackArrays } from '../../../models/array-file.ts';
import { type BlendTables, decodeTables, encodeTables } from '../../../models/next-item/tables.ts';
import { ITEMS, TABLES } from './blends.ts';

const decode = (bytes: Uint8Array) => decodeTables(bytes, ITEMS, 'here');

describe('the tables of a blend', () => {
  it('come back as they were, with contents and without, wherever their bytes lie', () => {
    const { vocabulary, most, tokens } = TABLES.contents!;
    expect(decode(encodeTables(TABLES))).toEqual({ ...TABLES, contents: { vocabulary, most, tokens } });
    const { contents: _, ...bare } = TABLES;
    const bytes = encodeTables(bare);
    expect(decode(bytes)).toEqual(bare);
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    expect(decode(shifted)).toEqual(bare);
  });

  const rules = (changed: Partial<BlendTables['rules']>) => ({ ...TABLES, rules: { ...TABLES.rules, ...changed } });
  const settings = (changed: object) => ({ ...TABLES, settings: { ...TABLES.settings, ...changed } });
  const { starts, others, weights } = TABLES.rules;
  it.each<[string, BlendTables, string]>([
    ['a rule to an item that is not there', rules({ others: others.with(3, ITEMS) }), `one of ${ITEMS} items`],
    ['a weight that is no number', rules({ weights: weights.with(0, Number.NaN) }), 'finite weights'],
    ['fewer weights than rules', rules({ weights: weights.slice(1) }), `expected ${others.length} rules`],
    ['rows in disorder', rules({ starts: starts.with(2, others.length + 1) }), 'one behind the other'],
    ['rows of other items', rules({ starts: starts.slice(0, -1) }), `the beginnings of ${ITEMS} rows`],
    ['other counts', { ...TABLES, counts: TABLES.counts.slice(1) }, `${ITEMS} counts`],
    ['a count below 0', { ...TABLES, counts: TABLES.counts.with(1, -1) }, `${ITEMS} counts`],
    [
      'a token that is not there',
      { ...TABLES, contents: { ...TABLES.contents!, tokens: TABLES.contents!.tokens.with(0, 99) } },
      'one of 6 tokens; got 99',
    ],
    [
      'tokens of other items',
      { ...TABLES, contents: { ...TABLES.contents!, tokens: new Int32Array(ITEMS + 1) } },
      `for each of ${ITEMS} items`,
    ],
    ['rankers that read nothing', settings({ length: 0 }), 'the tables of a blend, version 1'],
    ['no weights', settings({ weights: {} }), 'the tables of a blend, version 1'],
  ])('are refused with %s', (_, tables, message) => {
    expect(() => decode(encodeTables(tables))).toThrow(message);
    expect(() => decode(encodeTables(tables))).toThrow('MODEL_REFUSED');
  });

  it('are refused where they were cut short, changed, empty, or are something else', () => {
    const whole = encodeTables(TABLES);
    const changed = Buffer.from(whole);
    changed[whole.length >> 1]! ^= 1;
    const other = Buffer.concat(packArrays({ kind: 'dataset', meta: {}, arrays: {} }).parts);
    const { meta, arrays } = unpackArrays(whole, 'blend', 'here');
    const newer = Buffer.concat(packArrays({ kind: 'blend', meta: { ...(meta as object), version: 2 }, arrays }).parts);
    for (const bytes of [whole.subarray(0, -9), changed, Buffer.alloc(0), other, newer]) {
      expect(() => decode(bytes)).toThrow('MODEL_REFUSED');
    }
  });
});
