import { describe, expect, it } from 'vitest';
import type { RankRequest } from '../../schemas/ranking.ts';
import { armOf, placeItems } from '../../streams/scorer/policy.ts';

const request = (id: string, user = 'u', count = 3): RankRequest => ({
  v: 1,
  id,
  at_ms: 1_700_000_000_000,
  user,
  session: 's',
  surface: 'home',
  count,
});
const items = ['a', 'b', 'c', 'd', 'e'];
const scores = Float32Array.of(1, 5, 3, 2, 4);

describe('the policy', () => {
  it('keeps its shares, and gives one request the same arm again', () => {
    const shares = { exploration: 0.2, control: 0.1 };
    const arms = Array.from({ length: 20_000 }, (_, n) => armOf(request(`r${n}`, `u${n % 5_000}`), shares));
    const share = (arm: string) => arms.filter(a => a === arm).length / arms.length;
    expect(share('control')).toBeCloseTo(0.1, 1);
    expect(share('explore')).toBeCloseTo(0.9 * 0.2, 1);
    expect(armOf(request('r7', 'u7'), shares)).toBe(arms[7]);
  });

  it('orders by score for the champion', () => {
    const placed = placeItems('champion', request('r'), items, scores, { exploration: 0, control: 0 });
    expect(placed.map(({ index }) => items[index])).toEqual(['b', 'e', 'c']);
    expect(placed.every(({ propensity }) => propensity === 1)).toBe(true);
  });

  it('states propensities that are the true frequencies', () => {
    const shares = { exploration: 0.5, control: 0 };
    const shown = new Map<string, number>();
    const stated = new Map<string, number>();
    const RUNS = 40_000;
    for (let n = 0; n < RUNS; n++) {
      const r = request(`run${n}`);
      for (const { index, position, propensity } of placeItems(armOf(r, shares), r, items, scores, shares)) {
        const place = `${items[index]}@${position}`;
        shown.set(place, (shown.get(place) ?? 0) + 1 / RUNS);
        stated.set(place, propensity!);
      }
    }
    expect(stated.size).toBe(items.length * 3);
    for (const [place, propensity] of stated) expect(shown.get(place)!, place).toBeCloseTo(propensity, 1.7);
  });

  it('leaves a list that was already shown as it was', () => {
    const shown = [{ item: 'c', position: 2, propensity: 0.3 }];
    const placed = placeItems('recorded', { ...request('r'), shown }, ['c'], Float32Array.of(1), {
      exploration: 1,
      control: 0,
    });
    expect(placed).toEqual([{ index: 0, position: 2, propensity: 0.3 }]);
  });
});
