import { describe, expect, it } from 'vitest';
import { batchOf, type Pairs } from '../../../../models/ranker/dataset/pairs.ts';
import { HISTORY } from '../../../../models/ranker/model.ts';

const VECTORS = new Map([
  ['cup', Float32Array.of(1, 0)],
  ['pan', Float32Array.of(0, 1)],
  ['odd', Float32Array.of(1, 0, 0)],
]);
const pairs: Pairs = {
  items: ['cup', 'odd', 'new'],
  features: Float32Array.of(1, 2, 3),
  history: ['pan', 'cup', 'pan'],
  vectors: {
    vector: (item, modality, encoder) => (modality === 'text' && encoder === 'e@1' ? VECTORS.get(item) : undefined),
  },
};

describe('pairs as a batch', () => {
  const batch = batchOf(pairs, { text: { encoder: 'e@1', width: 2 }, image: { encoder: 'e@1', width: 3 } });

  it('name items by their places, each once, and keep the order of the history', () => {
    expect(batch.items).toEqual(['cup', 'odd', 'new', 'pan']);
    expect([...batch.item]).toEqual([0, 1, 2]);
    expect([...batch.list]).toEqual([0, 0, 0]);
    expect([...batch.history]).toEqual([3, 0, 3, ...new Array<number>(HISTORY - 3).fill(-1)]);
    expect(batch).toMatchObject({ rows: 3, features: pairs.features });
  });

  it('have the vectors that there are, of the width that is read', () => {
    expect(batch.contents.text).toMatchObject({ encoder: 'e@1', width: 2 });
    expect([...batch.contents.text!.present]).toEqual([1, 0, 0, 1]);
    expect([...batch.contents.text!.vectors]).toEqual([1, 0, 0, 0, 0, 0, 0, 1]);
    expect([...batch.contents.image!.present]).toEqual([0, 0, 0, 0]);
  });

  it('may be none, and a history longer than what is read is cut', () => {
    const none = batchOf(
      { ...pairs, items: [], features: new Float32Array(), history: new Array<string>(HISTORY + 16).fill('cup') },
      {},
    );
    expect(none.rows).toBe(0);
    expect([...none.history]).toEqual(new Array<number>(HISTORY).fill(0));
  });
});
