import { beforeAll, describe, expect, it } from 'vitest';
import type { CatalogueProduct } from '../../../../bench/quality/search/catalogue.ts';
import { chooseSettings } from '../../../../bench/quality/search/made/choose.ts';
import { type MadeQuery, makeQueries } from '../../../../bench/quality/search/made/queries.ts';
import type { SearchedCatalogue } from '../../../../bench/quality/search/searched.ts';
import { random } from '../../../../models/random.ts';
import { ProductWords } from '../../../../models/retrieval/live/product-words.ts';
import { analyseAll, indexWords } from '../../../../models/retrieval/words.ts';
import { candidatesOf } from '../../../../models/search/search.ts';

const KINDS = { mouse: 'pointer scrolling', kettle: 'boils water', lamp: 'shines light' };
const BRANDS = ['Acme', 'Bold', 'Cato'];
const COLOURS = ['Black', 'Red'];

/** Products whose titles say what they are, and one whose title says nothing. */
function catalogue(): CatalogueProduct[] {
  const made = Object.entries(KINDS).flatMap(([kind, description], group) =>
    Array.from({ length: 24 }, (_, n) => {
      const [brand, colour] = [BRANDS[n % 3]!, COLOURS[n % 2]!];
      const name = `X${group}${n}`;
      return {
        id: `${kind}${n}`,
        ...{
          title: `${brand} ${name} ${kind} ${colour}`,
          name,
          brand,
          description: `It ${description} for ${name} all day long`,
        },
        ...{ attributes: `colour ${colour}`, facts: { colour }, values: [colour] },
      };
    }),
  );
  return [...made, { ...made[0]!, id: 'unknown', title: 'Something', name: 'Zz' }];
}

describe('queries made of a catalogue', () => {
  const products = catalogue();
  let queries: MadeQuery[];
  beforeAll(() => {
    queries = makeQueries(products, 12);
  });

  it('are of all ways to make one, each once, and the same for the same seed', () => {
    expect(new Set(queries.map(({ made }) => made)).size).toBe(6);
    expect(new Set(queries.map(({ query }) => query)).size).toBe(queries.length);
    expect(makeQueries(products, 12)).toEqual(queries);
    expect(makeQueries(products, 12, 2).map(({ query }) => query)).not.toEqual(queries.map(({ query }) => query));
  });

  it('are answered by products of the kind, and best by those that are all that they say', () => {
    const asked = queries.filter(({ made }) => made === 'kind and fact');
    expect(asked.length).toBeGreaterThan(0);
    for (const { query, grades } of asked) {
      const [fact, kind] = query.replace(/s$/, '').split(' ') as [string, string];
      for (const [place, { id, values }] of products.entries()) {
        if (id === 'unknown') continue;
        const isAll = values[0]!.toLowerCase() === fact;
        expect(grades[place]).toBe(id.startsWith(kind) ? (isAll ? 3 : 1) : 0);
      }
    }
  });

  it('have words of descriptions for a kind, and never its name', () => {
    const names = queries.filter(({ made }) => made === 'other name');
    expect(names.length).toBeGreaterThan(0);
    for (const { query, grades } of names) {
      const kind = (Object.keys(KINDS) as (keyof typeof KINDS)[]).find(each => KINDS[each].includes(query))!;
      expect(products[grades.indexOf(3)]!.id).toContain(kind);
    }
  });

  it('do not judge a product whose title does not say its kind', () => {
    for (const { judged, grades } of queries) {
      expect(judged).not.toContain(products.length - 1);
      expect(grades.at(-1)).toBe(0);
    }
  });
});

it('settings are chosen that find most of what was made', async () => {
  const products = catalogue();
  const places = new Map(products.map(({ id }, place) => [id, place]));
  const words = new ProductWords();
  for (const { id: item, facts: attributes, ...product } of products)
    words.set({ ...product, item, attributes, category: '' });
  const { normal } = random(1);
  const searched: SearchedCatalogue = {
    ...{
      products,
      places,
      categories: { categories: 0, products_whose_title_says_it: 0, held_out: 0, held_out_accuracy: null },
    },
    bm25: ({ k1, title }) => {
      const analysed = analyseAll(products, ['title', 'description']);
      return indexWords(analysed, { title: { weight: title, b: 0 }, description: { weight: 0, b: 0 } }, k1);
    },
    search: (query, setting, also) => {
      const found = candidatesOf(query, { words, vectors: undefined }, 99, setting, also);
      return { ...found, cosines: Float32Array.from(found.items, normal) }; // vectors that say nothing
    },
    encode: async texts => texts.map(() => new Float32Array(1)),
    release: async () => {},
  };
  const {
    queries,
    hybrid,
    bm25,
    words: chosen,
  } = await chooseSettings(
    searched,
    [0, 2].map(title => searched.bm25({ k1: 1.2, b: 0.75, title })),
    [0, 4].map(title => ({ k1: 0.4, coverage: 1, title })),
    [0.9, 0].map(meaning => ({ meaning, category: 0 })),
  );
  expect(queries).toBeGreaterThan(20);
  expect(hybrid.choice).toBe(1);
  expect(chosen).toBe(0);
  expect(hybrid['ndcg@10']).toBeGreaterThan(0.5);
  expect(bm25.choice).toBe(1);
});
