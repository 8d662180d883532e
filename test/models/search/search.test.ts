import { describe, expect, it } from 'vitest';
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

  it('finds nothing that can not be shown', () => {
    expect(findProducts({ text: 'teapot', vector }, shopOf(shop, ['pot']), 2).items).toEqual(['jug']);
  });

  it('tells of items that are asked for whatever it finds', () => {
    const { items, words, cosines } = candidatesOf({ text: 'jug', vector }, shopOf(shop), 1, SEARCH_SETTINGS, ['rug']);
    expect([...items].sort()).toEqual(['jug', 'pot', 'rug']);
    expect(words[items.indexOf('rug')]).toBe(0);
    expect(cosines![items.indexOf('jug')]).toBeCloseTo(0.8, 3);
  });
});
