import { describe, expect, it } from 'vitest';
import { random } from '../../../models/random.ts';
import { hybrid } from '../../../models/search/hybrid.ts';
import { findTypes, type TitledProduct } from '../../../models/search/product-types.ts';
import { typeMatch } from '../../../models/search/type-match.ts';
import { trainTypes, typesOf } from '../../../models/search/type-model.ts';

const floats = (...values: number[]) => Float32Array.from(values);

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

describe('types of products', () => {
  const draws = random(7);
  const WIDTH = 6;
  const near = (axis: number) =>
    Float32Array.from({ length: WIDTH }, (_, at) => Number(at === axis) + 0.2 * draws.normal());
  const truth = Int32Array.from({ length: 240 }, (_, at) => at % 3);
  const vectors = Float32Array.from(Array.from(truth, type => [...near(type)]).flat());

  it('are learned from those that are known', async () => {
    const known = truth.map((type, at) => (at % 2 === 0 ? type : -1));
    const model = await trainTypes(vectors, known, 3, { seed: 1, threads: 1, epochs: 60 });
    const { type, certainty } = typesOf(model, vectors);
    const right = type.filter((each, at) => at % 2 === 1 && each === truth[at]).length;
    expect(right / 120).toBeGreaterThan(0.95);
    expect(certainty.every(each => each > 1 / 3 && each <= 1)).toBe(true);
  });

  it('need one that is known', async () => {
    await expect(
      trainTypes(
        vectors,
        truth.map(() => -1),
        3,
        { seed: 1 },
      ),
    ).rejects.toThrow(/DATA_INSUFFICIENT/);
  });

  it('match a query by their names: the likest whole, the others less, by their certainty', () => {
    const names = floats(1, 0, 0, 1);
    const typed = { type: Int32Array.of(0, 0, 1), certainty: floats(1, 0.5, 1) };
    const match = typeMatch(floats(0.8, 0.6), names, typed);
    expect([...match].map(each => +each.toFixed(4))).toEqual([1, 0.5, +Math.exp(-2).toFixed(4)]);
  });
});

describe('hybrid', () => {
  const signals = { words: floats(4, 4, 2, 0), cosines: floats(0, 1, 1, 1), types: floats(0, 0, 1, 1) };

  it('is the order of words without meaning', () => {
    expect([...hybrid(signals, 0)]).toEqual([1, 1, 0.5, 0]);
  });

  it('orders by meaning what words find alike', () => {
    const [first, second, third, fourth] = hybrid(signals);
    expect(second).toBeGreaterThan(first!);
    expect(second).toBeGreaterThan(third!);
    expect(third).toBeGreaterThan(fourth!);
    expect(second).toBeCloseTo(0.96);
    expect(fourth).toBeCloseTo(0.96 * 0.2 + 0.04);
  });
});
