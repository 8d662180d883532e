import { describe, expect, it } from 'vitest';
import { random } from '../../../../models/random.ts';
import { logContrast } from '../../../../models/watch/measures/cells.ts';
import { cellsOf } from '../../../sim/watched.ts';

const USERS = 200;
const LISTS = 20;

/** Two groups of lists of the same users, or of others: of each user how many, and what they brought. */
function shop(seed: number, { isSame }: { isSame: boolean }): number[][] {
  const { uniform } = random(seed);
  const taste = () => 0.05 + 0.9 * uniform() ** 3;
  const clicks = (rate: number) =>
    Array.from({ length: LISTS }, () => Number(uniform() < rate)).reduce((a, b) => a + b);
  return Array.from({ length: USERS }, () => taste()).flatMap(rate => {
    if (isSame) return [[LISTS, clicks(rate), LISTS, clicks(rate)]];
    return [
      [LISTS, clicks(rate), 0, 0],
      [0, 0, LISTS, clicks(taste())],
    ];
  });
}

const deviation = (values: readonly number[]) =>
  Math.sqrt(values.reduce((sum, each) => sum + each ** 2, 0) / values.length);

describe('the error of a change of rates', () => {
  it.each([true, false])('is that which many shops show, with the same users in both groups: %s', isSame => {
    const found = Array.from({ length: 300 }, (_, seed) => logContrast(cellsOf(shop(seed, { isSame }), 2), [-1, 1]));
    const said = deviation(found.map(({ variance }) => Math.sqrt(variance)));
    const ratio = deviation(found.map(({ value }) => value)) / said;
    expect(ratio).toBeGreaterThan(0.88);
    expect(ratio).toBeLessThan(1.12);
  });

  it('is smaller where users are the same, since who clicks a lot does so in both', () => {
    const error = (isSame: boolean) => logContrast(cellsOf(shop(1, { isSame }), 2), [-1, 1]).variance;
    expect(error(true)).toBeLessThan(error(false) / 4);
  });

  it('is unknown where a group has no list or no click, or there is one user', () => {
    expect(
      logContrast(
        cellsOf(
          [
            [3, 1, 0, 0],
            [2, 1, 0, 0],
          ],
          2,
        ),
        [1, -1],
      ).variance,
    ).toBe(Number.POSITIVE_INFINITY);
    expect(logContrast(cellsOf([[3, 1, 2, 1]], 2), [1, -1]).variance).toBe(Number.POSITIVE_INFINITY);
    expect(
      logContrast(
        cellsOf(
          [
            [3, 1, 0, 0],
            [2, 2, 0, 0],
          ],
          2,
        ),
        [1, 0],
      ),
    ).toMatchObject({ value: Math.log(3 / 5) });
  });
});
