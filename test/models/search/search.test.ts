import { describe, expect, it } from 'vitest';
import { random } from '../../../models/random.ts';
import { ProductWords } from '../../../models/retrieval/live/product-words.ts';
import { VectorIndex } from '../../../models/retrieval/vectors/vector-index.ts';
import { candidatesOf, findProducts, SEARCH_SETTINGS, type Searched } from '../../../models/search/search.ts';

interface Made {
  title: string;
  category: string;
  vector?: number[];
}

function shopOf(products: Record<string, Made>, without: readonly string[] = []): Searched {
  const words = new ProductWords();
  const vectors = new VectorIndex(2);
  for (const [item, { title, category, vector }] of Object.entries(products)) {
    words.set({ item, title, category });
    if (vector) vectors.set(item, Float32Array.from(vector));
  }
  for (const item of without) words.delete(item);
  return { words, vectors };
}

describe('a search', () => {
  const shop = {
    pot: { title: 'Porcelain teapot', category: 'pots', vector: [1, 0] },
    jug: { title: 'Jug', category: 'jugs', vector: [0.8, 0.6] },
    rug: { title: 'Rug', category: 'rugs', vector: [0, 1] },
  };
  const vector = Float32Array.of(1, 0);

  it('finds by its vector what no word of it is in', () => {
    const { items, byMeaning } = findProducts({ text: 'kettle for tea', vector }, shopOf(shop), 2);
    expect(items).toEqual(['pot', 'jug']);
    expect(byMeaning).toEqual([true, true]);
  });

  it('goes by words alone where nobody made a vector, and where products have none', () => {
    expect(findProducts({ text: 'kettle for tea' }, shopOf(shop), 2).items).toEqual([]);
    expect(findProducts({ text: 'jug' }, shopOf(shop), 2)).toMatchObject({ items: ['jug'], byMeaning: [false] });
    const bare = { ...shopOf(shop), vectors: undefined };
    expect(findProducts({ text: 'jug', vector }, bare, 2).items).toEqual(['jug']);
  });

  it('puts what has the words before what means the same', () => {
    expect(findProducts({ text: 'rug', vector }, shopOf(shop), 3).items).toEqual(['rug', 'pot', 'jug']);
  });

  it('goes by its meaning where most of its words are in no product, as those of another language', () => {
    const { items, byMeaning, words } = findProducts({ text: 'rug zum Kochen', vector }, shopOf(shop), 3);
    expect(items).toEqual(['pot', 'jug', 'rug']);
    expect(byMeaning).toEqual([true, true, true]);
    expect([...words]).toEqual([0, 0, 0]);
    expect(findProducts({ text: 'rug Kochen', vector }, shopOf(shop), 3).items[0]).toBe('rug');
    expect(findProducts({ text: 'rug zum Kochen' }, shopOf(shop), 3).items).toEqual(['rug']);
    const rewritten = { texts: ['rug'], share: 0.5 };
    expect(
      findProducts({ text: 'Teppich zum Kochen', vector }, shopOf(shop), 3, undefined, { rewritten }).items[0],
    ).toBe('rug');
  });

  it('finds nothing that can not be shown', () => {
    expect(findProducts({ text: 'teapot', vector }, shopOf(shop, ['pot']), 2).items).toEqual(['jug']);
  });

  it('knows where products stand among words and vectors after they came and went', () => {
    const draws = random(4);
    const shop = { words: new ProductWords(), vectors: new VectorIndex(4) };
    const held = { words: new Set<string>(), vectors: new Map<string, Float32Array>() };
    for (let step = 0; step < 600; step++) {
      const item = `p${draws.below(40)}`;
      const vector = Float32Array.from({ length: 4 }, draws.normal);
      const [isNamed, isSeen] = [draws.below(3) > 0, draws.below(3) > 0];
      if (isNamed) shop.words.set({ item, title: `thing ${draws.below(5)}`, category: 'things' });
      else shop.words.delete(item);
      if (isSeen) shop.vectors.set(item, vector);
      else shop.vectors.delete(item);
      held.words[isNamed ? 'add' : 'delete'](item);
      held.vectors.delete(item);
      if (isSeen) held.vectors.set(item, vector);
      if (step % 7 > 0) continue;
      const isFound = (slot: number) => Number(shop.words.itemAt(slot)!.slice(1)) % 2 === 0;
      const { items, cosines } = candidatesOf({ text: 'thing 3', vector }, shop, 50, SEARCH_SETTINGS, [], { isFound });
      const wanted = [...held.words].filter(each => Number(each.slice(1)) % 2 === 0);
      expect([...items].sort()).toEqual(wanted.sort());
      for (const [place, each] of items.entries()) {
        const own = held.vectors.get(each);
        const cosine = own ? own.reduce((sum, x, at) => sum + x * vector[at]!, 0) : Number.NaN;
        if (own) expect(cosines![place]).toBeCloseTo(cosine, 1);
        else expect(cosines![place]).toBeNaN();
      }
    }
  });

  it('tells the share of the query that stands in titles, and not in other fields', () => {
    const products = { ...shop, cup: { title: 'Cup for a jug', category: 'rugs', vector: [0, 1] } };
    const { items, titles } = findProducts({ text: 'jug and rug', vector }, shopOf(products), 4);
    const shareOf = (item: string) => titles[items.indexOf(item)];
    expect([...items].sort()).toEqual(['cup', 'jug', 'pot', 'rug']);
    for (const [item, share] of Object.entries({ pot: 0, jug: 1 / 3, rug: 1 / 3, cup: 1 / 3 }))
      expect(shareOf(item)).toBeCloseTo(share, 6);
  });

  it('tells of items that are asked for whatever it finds', () => {
    const { items, words, cosines } = candidatesOf({ text: 'jug', vector }, shopOf(shop), 1, SEARCH_SETTINGS, ['rug']);
    expect([...items].sort()).toEqual(['jug', 'pot', 'rug']);
    expect(words[items.indexOf('rug')]).toBe(0);
    expect(cosines![items.indexOf('jug')]).toBeCloseTo(0.8, 3);
  });
});
