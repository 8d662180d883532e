import { describe, expect, it } from 'vitest';
import { type Exposure, mayShow, merged, shownOnceMore } from '../../../models/ads/caps.ts';
import fc from '../../properties.ts';

const CAP = { most: 2, hours: 24 };
const HOUR_MS = 3_600_000;
const shown = (list: string, hour: number): Exposure => ({ list, at_ms: hour * HOUR_MS });

describe('a frequency cap', () => {
  it('lets so many lists through in its hours, and then again when the oldest is over', () => {
    const two = [shown('a', 0), shown('b', 10)];
    expect(mayShow(two.slice(0, 1), CAP, 'c', 11 * HOUR_MS)).toBe(true);
    expect(mayShow(two, CAP, 'c', 23 * HOUR_MS)).toBe(false);
    expect(mayShow(two, CAP, 'c', 24 * HOUR_MS)).toBe(true);
  });

  it('does not count a list twice that is answered twice', () => {
    const two = [shown('a', 0), shown('b', 10)];
    expect(mayShow(two, CAP, 'b', 11 * HOUR_MS)).toBe(true);
    expect(shownOnceMore(two, CAP, shown('b', 10))).toEqual(two);
  });

  it('is never exceeded, however lists come, and whatever else is kept of what was shown before', () => {
    const lists = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 60 });
    fc.assert(
      fc.property(lists, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 48 }), (hours, most, window) => {
        const cap = { most, hours: window };
        let kept: Exposure[] = [];
        const let_through: number[] = [];
        for (const [n, hour] of hours.sort((a, b) => a - b).entries()) {
          if (!mayShow(kept, cap, `l${n}`, hour * HOUR_MS)) continue;
          kept = shownOnceMore(kept, cap, shown(`l${n}`, hour));
          let_through.push(hour);
        }
        expect(kept.length).toBeLessThanOrEqual(most);
        for (const hour of hours) {
          const inWindow = let_through.filter(other => other > hour - window && other <= hour).length;
          expect(inWindow).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  it('counts what two processes told of a user as one: in any order, once each', () => {
    const one = new Map([['c', [shown('a', 0), shown('b', 10)]]]);
    const other = new Map([
      ['c', [shown('b', 10), shown('d', 12)]],
      ['e', [shown('b', 10)]],
    ]);
    const both = new Map([
      ['c', [shown('a', 0), shown('b', 10), shown('d', 12)]],
      ['e', [shown('b', 10)]],
    ]);
    expect(merged(one, other, 50)).toEqual(both);
    expect(merged(other, one, 50)).toEqual(both);
  });
});
