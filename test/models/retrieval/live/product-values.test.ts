import { describe, expect, it } from 'vitest';
import { random } from '../../../../models/random.ts';
import { ProductWords } from '../../../../models/retrieval/live/product-words.ts';

describe('values of products that come and go', () => {
  it('are those of the products that are there, whatever came before', () => {
    const { below } = random(5);
    const products = new Map<string, ReturnType<typeof made>>();
    function made(item: string) {
      const attributes = { colour: `colour ${below(4)}`, size: String(below(9)) };
      return { item, title: `thing ${below(50)}`, category: `c${below(5)}`, brand: `Brand ${below(6)}`, attributes };
    }
    const words = new ProductWords();
    for (let step = 0; step < 5_000; step++) {
      const item = `i${below(300)}`;
      if (below(3) === 0) {
        products.delete(item);
        words.delete(item);
      } else {
        products.set(item, made(item));
        words.set(products.get(item)!);
      }
    }
    expect(words.size).toBe(products.size);
    for (let n = 0; n < 6; n++) {
      const number = words.values.numberOf('brand', '', `BRAND ${n}`)!;
      const having = [...products.values()].filter(({ brand }) => brand === `Brand ${n}`);
      expect(words.values.at(number).count).toBe(having.length);
      for (const { item } of having) expect(words.values.brands[words.slotOf(item)!]).toBe(number);
      expect(words.values.named(`brand ${n}`)).toEqual([number]);
    }
    for (const item of products.keys()) words.delete(item);
    expect(words.values.numberOf('brand', '', 'Brand 1')).toBeUndefined();
    expect(words.values.named('colour 1')).toEqual([]);
  });

  it('follow a price that changes while words stay', () => {
    const words = new ProductWords();
    const teapot = { item: 'pot', title: 'teapot', category: 'tea', currency: 'eur' };
    words.set({ ...teapot, price: 10 });
    words.set({ ...teapot, price: 12 });
    expect(words.values.prices[words.slotOf('pot')!]).toBe(12);
    expect(words.values.currencyOf('EUR')).toBe(words.values.currencies[words.slotOf('pot')!]);
    words.delete('pot');
    expect(words.values.currencyOf('EUR')).toBeUndefined();
  });

  it('are no texts, and numbers are no phrases', () => {
    const words = new ProductWords();
    words.set({
      item: 'a',
      title: 'a',
      category: 'c',
      attributes: { size: '12', text: 'x '.repeat(99), fit: 'slim fit' },
    });
    expect(words.values.numberOf('attribute', 'text', 'x '.repeat(99))).toBeUndefined();
    expect(words.values.numberOf('attribute', 'Size', '12')).toBeDefined();
    expect(words.values.named('12')).toEqual([]);
    expect(words.values.named('slim fit')).toHaveLength(1);
  });
});
