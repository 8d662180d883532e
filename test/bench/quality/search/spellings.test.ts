import { describe, expect, it } from 'vitest';
import type { CatalogueProduct } from '../../../../bench/quality/search/catalogue.ts';
import { makeMisspelt } from '../../../../bench/quality/search/made/misspelt.ts';
import { makeQuantities } from '../../../../bench/quality/search/made/quantities.ts';
import { foundBySpelling } from '../../../../bench/quality/search/made/spellings.ts';
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

/** By words alone, as it is served. */
function searchOf(products: readonly CatalogueProduct[]) {
  const words = new ProductWords();
  for (const { id: item, title, brand } of products) words.set({ item, title, brand, category: '' });
  return (text: string) => {
    const { items, scores } = words.search(text, 200, SEARCH_SETTINGS);
    return { places: items.map(item => Number(item.slice(1))), words: scores };
  };
}

describe('queries for quantities', () => {
  const products = catalogue();
  const made = makeQuantities(products, 10);

  it('grade what says the quantity in any way above what is of the kind alone', () => {
    const said = made.queries.map(({ texts }) => texts.spaced);
    expect(said.toSorted()).toEqual(['15.6 inch drive', '250 gb drive', '500 gb drive']);
    for (const { texts, grades } of made.queries) {
      const [number] = texts.spaced.split(' ') as [string];
      expect([texts.joined, texts.hyphen]).toEqual([texts.spaced.replace(' ', ''), texts.spaced.replace(' ', '-')]);
      for (const [place, grade] of grades.entries()) {
        expect(grade).toBe(products[place]!.title.includes(number) ? 3 : 1);
      }
    }
  });

  it('are answered as well in each spelling, by the search that is served', () => {
    expect(foundBySpelling(made, searchOf(products))).toEqual({ joined: 1, spaced: 1, hyphen: 1 });
  });

  it('tell of a search that finds nothing', () => {
    const nothing = { places: [], words: new Float32Array(0) };
    expect(foundBySpelling(made, () => nothing).joined).toBeLessThan(0.9);
  });
});

describe('misspelt queries', () => {
  it('have one mistake, and are answered as what was meant', () => {
    const products = catalogue();
    const made = makeMisspelt(products, 10);
    expect(made.queries.length).toBeGreaterThan(0);
    for (const { texts } of made.queries) expect(texts.misspelt.split(' ')[0]![0]).toBe(texts.written[0]);
    const { written, misspelt } = foundBySpelling(made, searchOf(products));
    expect(misspelt).toBeCloseTo(written!, 6);
  });
});
