import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readCatalogue } from '../../../bench/quality/search/catalogue.ts';
import { compared, qualityOf } from '../../../bench/quality/search/figures.ts';
import { foundTypes } from '../../../bench/quality/search/found-types.ts';
import { readJudgements } from '../../../bench/quality/search/judgements.ts';
import { LANGUAGES, readQueries } from '../../../bench/quality/search/queries.ts';
import type { AskedQuery } from '../../../bench/quality/search/signals.ts';
import { findTypes, type TitledProduct } from '../../../bench/quality/search/types.ts';

const floats = (...values: number[]) => Float32Array.from(values);

function file(name: string, text: string): string {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'temper-search-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const found = path.join(directory, name);
  writeFileSync(found, text);
  return found;
}

describe('a catalogue', () => {
  it('has texts, and values of attributes but for the one that is the type', () => {
    const product = { id: '1', title: 'Acme A1 mouse Black', name: 'A1', supplier: 'Acme' };
    const attributes = { attr_t_product_colour: 'Black', attr_t_product_type: 'Mouse', attr_n_weight: 90 };
    const read = readCatalogue(path.dirname(file('products.json', JSON.stringify([{ ...product, ...attributes }]))));
    expect(read).toEqual([
      {
        id: '1',
        title: 'Acme A1 mouse Black',
        name: 'A1',
        brand: 'Acme',
        description: '',
        attributes: 'product colour Black ; product type Mouse ; weight 90',
        facts: { 'product colour': 'Black', 'product type': 'Mouse', weight: '90' },
        values: ['Black'],
      },
    ]);
  });

  it('is asked for where there is none', () => {
    expect(() => readCatalogue('nowhere')).toThrow(/INPUT_INVALID.*nowhere.*a directory with products/);
  });
});

function product(brand: string, name: string, what: string, ...values: string[]): TitledProduct {
  return { brand, name, title: `${brand} ${name} ${what}`.trim(), values };
}

describe('findTypes', () => {
  const enough = { products: 2, brands: 2 };

  it('takes what titles say after the name, up to a number or the value of an attribute', () => {
    const products = [
      product('Acme', 'A1', 'notebook case Black', 'Black'),
      product('Bold', 'B2', 'Notebook case 40 cm'),
      product('Acme', 'A3', 'notebook Dark grey', 'Dark grey'),
      product('Bold', 'B4', 'notebook'),
      product('Bold', 'B5 notebook', ''),
    ];
    const { names, of } = findTypes(products, enough);
    expect(names).toEqual(['notebook case', 'notebook']);
    expect([...of]).toEqual([0, 0, 1, 1, -1]);
  });

  it('knows a longer phrase by its beginning', () => {
    const products = [
      product('Acme', 'A1', 'mouse'),
      product('Bold', 'B2', 'mouse'),
      product('Cool', 'C3', 'mouse pad'),
    ];
    expect([...findTypes(products, enough).of]).toEqual([0, 0, 0]);
  });

  it('is no line of one brand alone, and no word that mostly is a value', () => {
    const products = [
      product('Acme', 'A1', 'turbo'),
      product('Acme', 'A2', 'turbo'),
      product('Acme', 'A3', 'silver'),
      product('Bold', 'B4', 'silver'),
      ...['c', 'd'].map(name => product('Cool', name, 'thing', 'Silver, matt')),
    ];
    expect(findTypes(products, enough)).toEqual({ names: [], of: new Int32Array(6).fill(-1) });
  });

  it('is nothing of an empty catalogue, and of titles without the name', () => {
    expect(findTypes([])).toEqual({ names: [], of: new Int32Array(0) });
    const nameless = { brand: 'Acme', name: '', title: 'mouse', values: [] };
    expect([...findTypes([nameless, { ...nameless, brand: 'Bold' }], enough).of]).toEqual([-1, -1]);
  });
});

describe('judgements', () => {
  it('tell what was judged from what was not, and leave out queries without a relevant product', () => {
    const rows = 'query,docid,rating\nmouse,a,0\nmouse,c,3\nmouse,z,3\ntoy,a,0\n';
    const judged = readJudgements(file('rated.csv', rows), new Map([...'abc'].map((id, place) => [id, place])));
    expect(judged).toEqual([{ query: 'mouse', grades: Uint8Array.of(0, 0, 3), judged: Int32Array.of(0, 2) }]);
  });
});

describe('quality of a search', () => {
  const asked: AskedQuery[] = [
    {
      places: Int32Array.of(7, 4, 9),
      bm25: [],
      signals: [],
      answered: new Float32Array(3),
      fits: [],
      grades: Uint8Array.of(0, 3, 0),
      judged: Int32Array.of(0, 1),
    },
  ];

  it('counts what nobody judged as not relevant, or leaves it out', () => {
    const { whole, judged, known, lists } = qualityOf(asked, () => floats(1, 2, 3));
    expect(lists).toEqual([[Int32Array.of(9, 4, 7)]]);
    expect(whole[0]).toBeCloseTo(1 / Math.log2(3));
    expect(judged[0]).toBe(1);
    expect(known[0]).toBeCloseTo(2 / 3);
  });

  it('is compared query by query', () => {
    const of = (...values: number[]) => {
      const nothing = new Float64Array(values.length);
      return { whole: Float64Array.from(values), judged: nothing, known: nothing, lists: [] };
    };
    const { whole, judged } = compared(of(0.5, 0.7, 0.9), of(0.4, 0.6, 0.8));
    expect(whole.value).toBeCloseTo(0.1);
    expect(whole.p_value).toBeCloseTo(2 / 8, 2);
    expect(judged).toEqual({ value: 0, low: 0, high: 0, p_value: 1 });
  });
});

describe('queries in several languages', () => {
  it('come with the repository, each in all languages and none twice', () => {
    const queries = readQueries(path.join(import.meta.dirname, '../../../bench/quality/search/queries.jsonl'));
    expect(queries.length).toBeGreaterThan(40);
    for (const language of Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[]) {
      expect(new Set(queries.map(query => query[language])).size).toBe(queries.length);
    }
  });

  it('are refused with file and line', () => {
    expect(() => readQueries(file('queries.jsonl', '\n{"types": ["mouse"], "en": "mouse"}\n'))).toThrow(
      /INPUT_INVALID.*queries\.jsonl, line 2/,
    );
    expect(() => readQueries('nowhere.jsonl')).toThrow(/INPUT_INVALID.*nowhere/);
  });

  it('find products of their type, first, among ten, or not at all', () => {
    const ranked = (...documents: number[]) => ({ documents: Int32Array.from(documents), scores: floats() });
    const found = foundTypes(
      [ranked(5, 1, 2), ranked(4, 3), ranked()],
      [new Set([1, 2, 9]), new Set([4]), new Set([7])],
    );
    expect(found).toEqual({
      queries: 3,
      'recall@1': 1 / 3,
      'recall@10': 2 / 3,
      'precision@10': (2 / 3 + 1) / 3,
      mrr: 0.5,
    });
  });
});
