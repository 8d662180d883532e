import { describe, expect, it } from 'vitest';
import { ActiveVectors } from '../../../../models/retrieval/vectors/active-vectors.ts';
import { packed } from '../../../../models/retrieval/vectors/item-vector.ts';
import { isAffordable, nearestAmong, nearTo } from '../../../../models/retrieval/vectors/near.ts';
import { LIMITS } from '../../../../schemas/limits.ts';
import type { Modality } from '../../../../schemas/topics/vectors.ts';

function vectorsOf(modality: Modality, items: Record<string, readonly number[]>): ActiveVectors {
  const vectors = new ActiveVectors();
  for (const [item, values] of Object.entries(items)) {
    vectors.set(item, [{ modality, encoder: 'made@1', hash: item, ...packed(Float32Array.from(values)) }]);
  }
  const report = { v: 1, modality, partition: 0, partitions: 1, encoder: 'made@1', items: 1, at_ms: 1 } as const;
  vectors.encoders.take('key', report);
  return vectors;
}

describe('what is near to some items', () => {
  const vectors = vectorsOf('text', { a: [1, 0], b: [0, 1], c: [0.9, 0.4], d: [0.4, 0.9] });

  it('is near to their mean, in which the first counts most', () => {
    expect(nearTo(vectors, 'text', ['a', 'b'], 0.5, 2)).toEqual(['c', 'a']);
    expect(nearTo(vectors, 'text', ['b', 'a'], 0.5, 2)).toEqual(['d', 'b']);
    expect(nearTo(vectors, 'text', ['never heard of', 'a'], 0.5, 1)).toEqual(['a']);
  });

  it('is nothing where they have no vectors, or there are none', () => {
    expect(nearTo(vectors, 'text', ['never heard of'], 1, 2)).toEqual([]);
    expect(nearTo(vectors, 'image', ['a'], 1, 2)).toEqual([]);
    expect(nearTo(new ActiveVectors(), 'text', ['a'], 1, 2)).toEqual([]);
    expect(nearTo(vectorsOf('text', { a: [1, 0], b: [-1, 0] }), 'text', ['a', 'b'], 1, 2)).toEqual([]);
  });
});

describe('what is nearest to some items among others', () => {
  it('is compared one by one, without those that have no vector', () => {
    const vectors = vectorsOf('text', { a: [1, 0], b: [0, 1], c: [0.9, 0.4], d: [0.4, 0.9] });
    const among = (items: readonly string[], most = 9) =>
      nearestAmong(vectors, 'text', ['a'], { recency: 1, among: items, most });
    expect(among(['d', 'never heard of', 'b', 'c'])).toEqual(['c', 'd', 'b']);
    expect(among(['d', 'b', 'c'], 1)).toEqual(['c']);
    expect(nearestAmong(vectors, 'text', ['never heard of'], { recency: 1, among: ['a'], most: 1 })).toEqual([]);
    expect(nearestAmong(vectors, 'image', ['a'], { recency: 1, among: ['a'], most: 1 })).toEqual([]);
  });
});

describe('the limit of what a request is compared with', () => {
  it('is for all modalities together, texts first', () => {
    const most = LIMITS.scanned_numbers_per_request / 10;
    const affords = (sizes: Partial<Record<Modality, number>>, modality: Modality) =>
      isAffordable(
        { index: each => (sizes[each] === undefined ? undefined : { size: sizes[each], width: 10 }) },
        modality,
      );
    expect(affords({ text: most }, 'text')).toBe(true);
    expect(affords({ text: most }, 'image')).toBe(true);
    expect(affords({ text: most, image: 1 }, 'text')).toBe(true);
    expect(affords({ text: most, image: 1 }, 'image')).toBe(false);
    expect(affords({ text: most + 1 }, 'text')).toBe(false);
    expect(affords({ image: most }, 'image')).toBe(true);
  });
});
