import { describe, expect, it } from 'vitest';
import { random } from '../../../models/random.ts';
import { strayingWalk, walkOf } from '../../../models/sequence/batch.ts';

const sequence = Int32Array.of(3, 1, 4, 1, 5, 9, 2, 6);
const population = Int32Array.of(20, 21, 22);

describe('a walk', () => {
  it('is to find the next event after each but the last', () => {
    const { read, next } = walkOf(sequence);
    expect([...read]).toEqual([3, 1, 4, 1, 5, 9, 2]);
    expect([...next]).toEqual([1, 4, 1, 5, 9, 2, 6]);
  });

  it('strays to items of others, and is to find the next own event all the same', () => {
    const { read, next } = strayingWalk(sequence, { chance: 0.5, population, most: 50 }, random(3));
    const strays = [...read.keys()].filter(at => population.includes(read[at]!));
    expect(strays.length).toBeGreaterThan(0);
    expect(strays.every(at => next[at] === next[at - 1])).toBe(true);
    const own = [...read.keys()].filter(at => !strays.includes(at));
    expect(own.map(at => read[at])).toEqual([...sequence.subarray(0, -1)]);
    expect(own.map(at => next[at])).toEqual([...sequence.subarray(1)]);
  });

  it('never strays without a chance, and keeps the newest where it gets too long', () => {
    const { read, next } = walkOf(sequence);
    expect(strayingWalk(sequence, { chance: 0, population, most: 50 }, random(1))).toEqual({ read, next });
    const short = strayingWalk(sequence, { chance: 1, population, most: 4 }, random(1));
    expect(short.read).toHaveLength(4);
    expect([...short.next]).toEqual([2, 2, 6, 6]);
  });
});
