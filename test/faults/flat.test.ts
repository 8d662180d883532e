import { describe, expect, it } from 'vitest';
import { random } from '../../models/random.ts';
import { growth, type Point, secondHalf } from './flat.ts';

const { uniform } = random(11, 1);
/** Half an hour, a point every two minutes or less. */
const points = (count: number, value: (hours: number, n: number) => number): Point[] =>
  Array.from({ length: count }, (_, n): Point => {
    const hours = (0.5 * n) / (count - 1);
    return [hours, value(hours, n)];
  });

describe('growth', () => {
  it('is what it grows in an hour, and in the time between the first point and the last', () => {
    const { per_hour, in_all } = growth(points(12, hours => 20 + 30 * hours));
    expect([per_hour, in_all]).toEqual([expect.closeTo(30), expect.closeTo(15)]);
    expect(growth([])).toEqual({ per_hour: 0, in_all: 0 });
    expect(growth([[0, 5]])).toEqual({ per_hour: 0, in_all: 0 });
  });

  it('is seen under noise and outliers, as of batches that wait', () => {
    const noisy = (per_hour: number) =>
      points(24, (hours, n) => 20 + per_hour * hours + uniform() + (n % 6 === 0 ? 25 * uniform() : 0));
    for (let times = 0; times < 50; times++) {
      expect(Math.abs(growth(noisy(0)).per_hour)).toBeLessThan(6);
      expect(growth(noisy(40)).per_hour).toBeGreaterThan(30);
    }
  });

  it('does not take a saw for a slope: what fills up and falls back stays flat', () => {
    const saw = points(900, (_, n) => 120 + (n % 97) / 2);
    expect(Math.abs(growth(saw).per_hour)).toBeLessThan(12);
  });
});

it('what a process does while it warms up does not count', () => {
  const warming = points(25, hours => 100 - 60 * Math.exp(-hours * 30));
  expect(growth(warming).per_hour).toBeGreaterThan(1);
  const late = secondHalf(warming);
  expect([late.length, late[0]![0]]).toEqual([13, 0.25]);
  expect(growth(late).in_all).toBeLessThan(0.05);
  expect(secondHalf([])).toEqual([]);
});
