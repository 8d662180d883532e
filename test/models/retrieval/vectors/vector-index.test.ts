import { describe, expect, it } from 'vitest';
import { random } from '../../../../models/random.ts';
import { VectorIndex } from '../../../../models/retrieval/vectors/vector-index.ts';

const WIDTH = 24;
const draws = random(3);

/** A vector of length 1 in a random direction; some have one number that is far greater than the others. */
function drawn(width = WIDTH): Float32Array {
  const vector = Float32Array.from({ length: width }, draws.normal);
  if (draws.below(4) === 0) vector[draws.below(width)]! *= 12;
  const length = Math.hypot(...vector);
  return vector.map(number => number / length);
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, number, at) => sum + number * b[at]!, 0);
}

/** What an index should find, from the vectors themselves. */
function nearest(vectors: ReadonlyMap<string, Float32Array>, query: Float32Array, k: number): [string, number][] {
  return [...vectors]
    .map(([item, vector]): [string, number] => [item, cosine(vector, query)])
    .sort((a, b) => b[1] - a[1])
    .slice(0, k);
}

describe('a vector index', () => {
  it('finds of what may be found the nearest, among so many times as many as are wanted', () => {
    const index = new VectorIndex(2);
    for (let n = 0; n < 200; n++) index.set(`i${n}`, Float32Array.of(Math.cos(n / 200), Math.sin(n / 200)));
    const isFound = (slot: number) => slot % 10 === 9;
    expect(index.nearest(Float32Array.of(1, 0), 2, { isFound, reach: 10 }).items).toEqual(['i9', 'i19']);
    const far = (slot: number) => index.itemAt(slot) === 'i199';
    expect(index.nearest(Float32Array.of(1, 0), 2, { isFound: far, reach: 3 }).items).toEqual([]);
    expect(index.nearest(Float32Array.of(1, 0), 2, { isFound: far, reach: 100 }).items).toEqual(['i199']);
    const odd = (slot: number) => slot % 2 === 1;
    const end = Float32Array.of(Math.cos(1), Math.sin(1));
    expect(index.nearest(end, 2, { isFound: odd, reach: 100 }).items).toEqual(['i199', 'i197']); // of more than are compared again
  });

  it('finds what a comparison with every vector finds, whatever was set, replaced and deleted before', () => {
    const index = new VectorIndex(WIDTH);
    const held = new Map<string, Float32Array>();
    for (let step = 0; step < 3_000; step++) {
      const item = `i${draws.below(600)}`;
      if (draws.below(3) === 0) {
        index.delete(item);
        held.delete(item);
      } else {
        const vector = drawn();
        index.set(item, vector);
        held.set(item, vector);
      }
      if (step % 100 > 0) continue;
      const query = drawn();
      const { items, scores } = index.nearest(query, 10);
      const expected = nearest(held, query, 10);
      expect(items).toHaveLength(expected.length);
      for (const [place, [, score]] of expected.entries()) {
        expect(scores[place]).toBeCloseTo(score, 3);
        expect(cosine(held.get(items[place]!)!, query)).toBeCloseTo(score, 3);
      }
    }
    expect(index.size).toBe(held.size);
  });

  it('finds nearly all of the 200 nearest among 4,000 random directions of 384 numbers', () => {
    const index = new VectorIndex(384);
    const vectors = new Map(Array.from({ length: 4_000 }, (_, n) => [`i${n}`, drawn(384)]));
    for (const [item, vector] of vectors) index.set(item, vector);
    let found = 0;
    for (let round = 0; round < 5; round++) {
      const query = drawn(384);
      const { items } = index.nearest(query, 200);
      const expected = new Set(nearest(vectors, query, 200).map(([item]) => item));
      found += items.filter(item => expected.has(item)).length;
    }
    expect(found / 1_000).toBeGreaterThan(0.99);
  });

  it('gives back a vector to the precision of float16, and nothing for an item that it has not', () => {
    const index = new VectorIndex(WIDTH);
    const vector = drawn();
    index.set('a', vector);
    for (const [at, number] of index.get('a')!.entries()) expect(number).toBeCloseTo(vector[at]!, 3);
    index.delete('a');
    index.delete('a');
    expect(index.get('a')).toBeUndefined();
  });

  it('has no more than there is', () => {
    const index = new VectorIndex(WIDTH);
    expect(index.nearest(drawn(), 5).items).toEqual([]);
    index.set('a', drawn());
    expect(index.nearest(drawn(), 5).items).toEqual(['a']);
    index.set('b', drawn());
    expect(index.nearest(drawn(), 0).items).toEqual([]);
    expect(index.nearest(drawn(), 5).items.toSorted()).toEqual(['a', 'b']);
  });

  it('takes a query that lies somewhere in a larger array', () => {
    const index = new VectorIndex(WIDTH);
    const rows = Float32Array.from([...drawn(), ...drawn(), ...drawn()]);
    for (let row = 0; row < 3; row++) index.set(`${row}`, rows.subarray(row * WIDTH, (row + 1) * WIDTH));
    for (let row = 0; row < 3; row++) {
      expect(index.nearest(rows.subarray(row * WIDTH, (row + 1) * WIDTH), 1).items).toEqual([`${row}`]);
    }
  });

  it('refuses what has no direction or another width: the item has no vector then', () => {
    const index = new VectorIndex(WIDTH);
    const vector = drawn();
    index.set('a', vector);
    for (const wrong of [
      drawn(WIDTH - 1),
      new Float32Array(WIDTH),
      drawn().fill(Number.NaN, 3, 4),
      drawn().fill(1e9),
    ]) {
      index.set('a', drawn());
      expect(() => index.set('a', wrong)).toThrow(RangeError);
      expect(index.get('a')).toBeUndefined();
    }
    for (const wrong of [drawn(WIDTH + 1), new Float32Array(WIDTH)]) {
      expect(() => index.nearest(wrong, 1)).toThrow(RangeError);
    }
    expect(index.size).toBe(0);
  });
});
