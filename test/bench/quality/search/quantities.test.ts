import { describe, expect, it } from 'vitest';
import type { CatalogueProduct } from '../../../../bench/quality/search/catalogue.ts';
import { makeQuantities, quantitiesFound } from '../../../../bench/quality/search/made/quantities.ts';
import { ProductWords } from '../../../../models/retrieval/live/product-words.ts';
import { SEARCH_SETTINGS } from '../../../../models/search/search.ts';

const WAYS = ['500 GB', '500GB', '250 gb', '15.6"', '15.6 inch', '250GB'];

function catalogue(): CatalogueProduct[] {
  return Array.from({ length: 24 }, (_, n) => {
    const [name, brand, said] = [`X${n}`, ['Acme', 'Bold'][n % 2]!, WAYS[n % WAYS.length]!];
    const title = `${brand} ${name} drive ${said}`;
    return { id: `p${n}`, title, name, brand, description: '', attributes: '', facts: {}, values: [] };
  });
}

describe('queries for quantities', () => {
  const products = catalogue();
  const made = makeQuantities(products, 10);

  it('grade what says the quantity in any way above what is of the kind alone', () => {
    const said = made.queries.map(({ number, unit }) => `${number} ${unit}`);
    expect(said.toSorted()).toEqual(['15.6 inch', '250 gb', '500 gb']);
    for (const { number, grades, type } of made.queries) {
      expect(type).toBe('drive');
      for (const [place, grade] of grades.entries()) {
        expect(grade).toBe(products[place]!.title.includes(number) ? 3 : 1);
      }
    }
  });

  it('are answered as well in each spelling, by the search that is served', () => {
    const words = new ProductWords();
    for (const { id: item, title, brand } of products) words.set({ item, title, brand, category: '' });
    const found = quantitiesFound(made, text => {
      const { items, scores, categories } = words.search(text, 200, SEARCH_SETTINGS);
      return { places: items.map(item => Number(item.slice(1))), words: scores, categories };
    });
    expect(found).toEqual({ queries: 3, joined: 1, spaced: 1, hyphen: 1 });
  });

  it('tell of a search that finds nothing', () => {
    const found = quantitiesFound(made, () => ({ places: [], words: new Float32Array(0), categories: [] }));
    expect(found.joined).toBeLessThan(0.9);
  });
});
