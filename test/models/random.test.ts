import { describe, expect, it } from 'vitest';
import { random } from '../../models/random.ts';

const many = (draw: () => number, n = 20_000) => Array.from({ length: n }, draw);
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe('random', () => {
  it('gives the same numbers for the same seeds, and others for others', () => {
    const first = (...seeds: number[]) => many(random(...seeds).uint32, 4).join();
    expect(first(1, 2)).toBe(first(1, 2));
    expect(new Set([first(1, 2), first(2, 1), first(1), first(12), first(0), first(0, 0), first(2 ** 40)]).size).toBe(
      7,
    );
  });

  it('is uniform and normal in its moments', () => {
    const draws = random(7);
    const uniform = many(draws.uniform);
    const normal = many(draws.normal);
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniform)).toBeLessThan(1);
    expect(mean(uniform)).toBeCloseTo(0.5, 2);
    expect(mean(normal)).toBeCloseTo(0, 1);
    expect(mean(normal.map(x => x * x))).toBeCloseTo(1, 1);
  });

  it('brings each value to each place equally often when it shuffles', () => {
    const draws = random(3);
    const firsts = many(() => draws.shuffle(Uint32Array.of(0, 1, 2, 3))[0]!);
    for (const value of [0, 1, 2, 3]) {
      expect(firsts.filter(each => each === value).length / firsts.length).toBeCloseTo(0.25, 1);
    }
  });
});
