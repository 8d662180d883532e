import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../schemas/limits.ts';
import { many, search, shopOf } from './shop.ts';

const COLOURS = ['red', 'blue', 'green'];
const LAMPS = shopOf({
  ...many(12, 'acme', n => ({
    title: `Acme ${COLOURS[n % 3]} lamp ${n}`,
    ...{ brand: 'Acme', category: 'lamps', price: 10 * (n + 1), currency: 'EUR' },
    attributes: { colour: COLOURS[n % 3]! },
  })),
  ...many(4, 'bolt', n => ({
    title: `Bolt lamp ${n}, as good as an Acme`,
    ...{ brand: 'Bolt', category: 'lamps', price: 5 + n, currency: 'EUR', attributes: { colour: 'Red' } },
  })),
  shade: { title: 'Lamp shade', category: 'shades' },
});

describe('a search', () => {
  it('keeps a bound of the price that its words say, and tells of it', () => {
    const { items, understood } = search(LAMPS, 'lamp under 20 €');
    expect([...items].sort()).toEqual(['acme0', 'acme1', 'bolt0', 'bolt1', 'bolt2', 'bolt3']);
    expect(understood).toMatchObject({
      text: 'lamp',
      filters: [
        { words: 'under 20 €', filter: { field: 'price', at_most: 20, currency: 'EUR' }, hard: true },
        { words: 'lamp', filter: { field: 'category', value: 'lamps' }, hard: false },
      ],
    });
  });

  it('compares numbers where the shop has no prices in the currency, and leaves out what has another', () => {
    expect(search(LAMPS, 'lamp under $7').items).toHaveLength(3);
    const mixed = shopOf({
      a: { title: 'lamp', price: 5, currency: 'USD' },
      b: { title: 'lamp', price: 5, currency: 'EUR' },
    });
    expect(search(mixed, 'lamp under 7 €').items).toEqual(['b']);
    expect(search(mixed, 'lamp under 7').items).toHaveLength(2);
  });

  it('keeps to a brand of which there is enough, and prefers one of which there is not', () => {
    const acme = search(LAMPS, 'acme lamp');
    expect(acme.items.every(item => item.startsWith('acme'))).toBe(true);
    expect(acme.understood!.filters[0]).toEqual({
      words: 'acme',
      filter: { field: 'brand', value: 'Acme' },
      hard: true,
    });
    const bolt = search(LAMPS, 'bolt lamp');
    expect(bolt.understood!.filters[0]).toMatchObject({ filter: { field: 'brand', value: 'Bolt' }, hard: false });
    expect(bolt.items.slice(0, 4).every(item => item.startsWith('bolt'))).toBe(true);
    expect(bolt.items.length).toBeGreaterThan(4);
  });

  it('takes the brand that a thing is for as none of its own', () => {
    const { items, understood } = search(LAMPS, 'shade for acme');
    expect(items[0]).toBe('shade');
    expect(understood!.filters.find(({ filter }) => filter.field === 'brand')).toMatchObject({ hard: false });
  });

  it('prefers values of attributes that the catalogue has, whatever the words', () => {
    const { items, understood } = search(LAMPS, 'green lamp');
    const colour = { words: 'green', filter: { field: 'attribute', name: 'colour', value: 'green' }, hard: false };
    expect(understood!.filters).toContainEqual(colour);
    expect([...items.slice(0, 4)].sort()).toEqual(['acme11', 'acme2', 'acme5', 'acme8']);
  });

  it('takes no value for a condition where nothing is said but it', () => {
    expect(search(LAMPS, 'green').understood!.filters).toEqual([]);
    expect(search(LAMPS, 'acme').understood!.filters).toEqual([]);
    expect(search(LAMPS, 'acme').facets!.matching).toBe(16);
  });

  it('corrects a spelling before it reads values, and says so', () => {
    const { items, understood } = search(LAMPS, 'grene lamp');
    expect(understood).toMatchObject({ text: 'green lamp', spelling: [{ from: 'grene', to: 'green' }] });
    expect(items[0]).toMatch(/^acme(2|5|8|11)$/);
  });

  it('takes a query literally where that is asked for', () => {
    const literal = search(LAMPS, 'acme lamp under 20 €', { understand: [] });
    expect(literal.understood).toBeUndefined();
    expect(literal.items).toContain('acme9');
    expect(search(LAMPS, 'grene shad', { understand: [] }).items).toEqual([]);
    const own = search(LAMPS, 'acme lamp under 20 €', { understand: ['spelling'] });
    expect(own.understood).toMatchObject({ filters: [], text: 'acme lamp under 20 €' });
  });

  it('says the language where enough tells', () => {
    expect(search(LAMPS, 'wireless headphones with microphone').understood!.language).toBe('en');
    expect(search(LAMPS, 'Lampe unter 20 Euro').understood!.language).toBe('de');
    expect(search(LAMPS, 'lamp').understood!.language).toBeUndefined();
  });

  it('looks for synonyms besides, for less', () => {
    const shop = shopOf({ sofa: { title: 'red sofa' }, couch: { title: 'red couch' }, red: { title: 'red' } });
    shop.learned.setSynonyms([{ from: 'couch', to: 'sofa', users: 9, lift: 8 }]);
    const { items, understood } = search(shop, 'red couch');
    expect(items).toEqual(['couch', 'sofa', 'red']);
    expect(understood!.synonyms).toEqual([{ from: 'couch', to: 'sofa' }]);
    expect(search(shop, 'red couch', { understand: [] }).items).toEqual(['couch', 'red', 'sofa']);
  });

  it('never puts one colour for another, however many go from one to the other', () => {
    LAMPS.learned.setSynonyms([{ from: 'red', to: 'blue', users: 99, lift: 99 }]);
    expect(search(LAMPS, 'red lamp').understood!.synonyms).toEqual([]);
    LAMPS.learned.setSynonyms([]);
  });
});

describe('the facets of a search', () => {
  it('count what matches, most first, with bands of prices', () => {
    const { facets } = search(LAMPS, 'lamp');
    expect(facets).toEqual({
      matching: 17,
      brand: [
        { value: 'Acme', count: 12 },
        { value: 'Bolt', count: 4 },
      ],
      category: [
        { value: 'lamps', count: 16 },
        { value: 'shades', count: 1 },
      ],
      price: [
        { at_least: 5, below: 10, count: 4 },
        { at_least: 10, below: 20, count: 1 },
        { at_least: 20, below: 50, count: 3 },
        { at_least: 50, below: 100, count: 5 },
        { at_least: 100, below: 200, count: 3 },
      ],
      attributes: [
        {
          name: 'colour',
          values: [
            { value: 'red', count: 8 },
            { value: 'blue', count: 4 },
            { value: 'green', count: 4 },
          ],
        },
      ],
    });
  });

  it('keep to the filters, but in the field that a filter is of', () => {
    const { items, facets } = search(LAMPS, 'lamp', {
      filters: [{ field: 'attribute', name: 'Colour', value: 'RED' }],
    });
    expect(items).toHaveLength(8);
    expect(facets).toMatchObject({
      matching: 8,
      brand: [
        { value: 'Acme', count: 4 },
        { value: 'Bolt', count: 4 },
      ],
      attributes: [{ name: 'colour', values: [{ count: 8 }, { count: 4 }, { count: 4 }] }],
    });
    const both = [{ field: 'brand', value: 'bolt' } as const, { field: 'brand', value: 'acme' } as const];
    expect(search(LAMPS, 'lamp', { filters: both }).facets!.matching).toBe(16);
    expect(search(LAMPS, 'lamp', { filters: [{ field: 'brand', value: 'nobody' }], understand: [] }).items).toEqual([]);
  });

  it('leave out all attributes where more products match than are counted', () => {
    const desks = (count: number) =>
      shopOf(many(count, 'desk', n => ({ title: `desk ${n}`, attributes: { material: ['oak', 'pine'][n % 2]! } })));
    const [counted, uncounted] = [0, 1].map(
      more => search(desks(LIMITS.products_counted_by_attributes + more), 'desk').facets!,
    );
    expect(counted!.attributes).toMatchObject([{ name: 'material' }]);
    expect(uncounted).toMatchObject({ matching: LIMITS.products_counted_by_attributes + 1 });
    expect(uncounted!.attributes).toBeUndefined();
  });

  it('leave out attributes in which no two products are alike, but no value that one product has', () => {
    const materials = ['oak', 'oak', 'pine', 'ash', 'elm'];
    const shop = shopOf(
      many(5, 'desk', n => ({
        title: `desk ${n}`,
        ...{ brand: `Brand ${n}`, category: 'desks' },
        attributes: { model: `no ${n}`, material: materials[n]!, ...(n === 0 && { origin: 'Delft' }) },
      })),
    );
    const { facets } = search(shop, 'desk', { facets: 3 });
    expect(facets!.attributes).toEqual([
      {
        name: 'material',
        values: [
          { value: 'oak', count: 2 },
          { value: 'ash', count: 1 },
          { value: 'elm', count: 1 },
        ],
      },
      { name: 'origin', values: [{ value: 'Delft', count: 1 }] },
    ]);
    expect(facets!.brand.map(({ value }) => value)).toEqual(['Brand 0', 'Brand 1', 'Brand 2']);
  });

  it('are as many as asked for, or none', () => {
    expect(search(LAMPS, 'lamp', { facets: 1 }).facets!.brand).toEqual([{ value: 'Acme', count: 12 }]);
    expect(search(LAMPS, 'lamp', { facets: 0 }).facets).toBeUndefined();
  });
});

describe('a search that finds nothing', () => {
  it('gives up the brand first', () => {
    const { items, rescue, understood } = search(LAMPS, 'acme lamp under 9 €');
    expect(rescue).toBe('brand');
    expect(items.every(item => item.startsWith('bolt'))).toBe(true);
    expect(understood!.filters).toContainEqual({
      words: 'acme',
      filter: { field: 'brand', value: 'Acme' },
      hard: false,
    });
  });

  it('then the bound of the price, and says that it does not hold', () => {
    const { items, rescue, understood } = search(LAMPS, 'lamp under 2 €');
    expect(rescue).toBe('price');
    expect(items.length).toBeGreaterThan(0);
    expect(understood!.filters.some(({ filter }) => filter.field === 'price')).toBe(false);
  });

  it('then words for meaning, where there are vectors', () => {
    const shop = shopOf({ pot: { title: 'porcelain teapot', vector: [1, 0] }, rug: { title: 'rug', vector: [0, 1] } });
    expect(search(shop, 'kettle', { vector: [1, 0] })).toMatchObject({ items: ['pot', 'rug'], rescue: 'meaning' });
  });

  it('then spelling by two letters, where there are none', () => {
    const shop = shopOf({ pot: { title: 'porcelain teapot' } });
    const found = search(shop, 'porzellain');
    expect(found).toMatchObject({ items: ['pot'], rescue: 'spelling', understood: { text: 'porcelain' } });
    expect(search(shop, 'porzellain', { understand: ['rescue'] }).rescue).toBe('popular');
  });

  it('and shows at last what is popular, within the filters that were chosen', () => {
    const { items, rescue } = search(LAMPS, 'xyzzy', { filters: [{ field: 'brand', value: 'Bolt' }] });
    expect(rescue).toBe('popular');
    expect(items).toEqual(['bolt0', 'bolt1', 'bolt2', 'bolt3']);
    expect(search(LAMPS, 'xyzzy', { understand: ['spelling'] })).toMatchObject({
      items: [],
      understood: { text: 'xyzzy' },
    });
    expect(search(shopOf({}), 'xyzzy')).toMatchObject({ items: [] });
  });
});
