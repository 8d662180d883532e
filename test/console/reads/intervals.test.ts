import { describe, expect, it } from 'vitest';
import { clusteredRate, wilson } from '../../../console/reads/intervals.ts';
import { random } from '../../../models/random.ts';
import fc from '../../properties.ts';

describe("Wilson's interval", () => {
  it('is that of the tables', () => {
    // Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263, and 15 of 148.
    const near = ({ low, high }: { low: number; high: number }) => [low, high].map(each => Number(each.toFixed(4)));
    expect(near(wilson(81, 263))).toEqual([0.2553, 0.3662]);
    expect(near(wilson(15, 148))).toEqual([0.0624, 0.1605]);
    expect(near(wilson(0, 20))).toEqual([0, 0.1611]);
  });

  it('holds the rate and stays within 0 and 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 500 }), (hits, more) => {
        const { rate, low, high } = wilson(hits, hits + more);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        if (hits + more > 0) {
          expect(low).toBeLessThanOrEqual(rate + 1e-12);
          expect(high).toBeGreaterThanOrEqual(rate - 1e-12);
        }
      }),
    );
  });
});

describe('the interval over users', () => {
  it('holds the true rate in 95 of 100 trials where users differ, in which that of single trials does not', () => {
    const { uniform } = random(11);
    const trials = 400;
    let [held, naive] = [0, 0];
    for (let trial = 0; trial < trials; trial++) {
      const users = Array.from({ length: 120 }, () => {
        const chance = uniform() < 0.2 ? 0.5 : 0.05; // 0.14 on average
        const n = 30;
        let c = 0;
        for (let k = 0; k < n; k++) if (uniform() < chance) c++;
        return { n, c };
      });
      const sum = (of: (user: { n: number; c: number }) => number) => users.reduce((all, user) => all + of(user), 0);
      const sums = {
        n: sum(u => u.n),
        c: sum(u => u.c),
        cc: sum(u => u.c ** 2),
        cn: sum(u => u.c * u.n),
        nn: sum(u => u.n ** 2),
      };
      const isIn = ({ low, high }: { low: number; high: number }) => low <= 0.14 && 0.14 <= high;
      if (isIn(clusteredRate({ ...sums, users: users.length }))) held++;
      if (isIn(wilson(sums.c, sums.n))) naive++;
    }
    expect(held / trials).toBeGreaterThan(0.91);
    expect(held / trials).toBeLessThan(0.985);
    expect(naive / trials).toBeLessThan(0.7);
  });

  it('of one user, or of no click, is that of single trials', () => {
    expect(clusteredRate({ n: 50, c: 0, cc: 0, cn: 0, nn: 100, users: 25 })).toEqual(wilson(0, 50));
    expect(clusteredRate({ n: 9, c: 3, cc: 9, cn: 27, nn: 81, users: 1 })).toEqual(wilson(3, 9));
  });
});
