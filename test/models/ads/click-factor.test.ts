import { expect, it } from 'vitest';
import { learnFactor } from '../../../models/ads/click-factor.ts';
import { rateAt } from '../../../models/ads/click-rates.ts';
import { random } from '../../../models/random.ts';

const USUAL = 0.6;
const LEAST = { lists: 200, users: 50 };

/** Lists of three ads each, of which as many are clicked as are promised, times what `times` says of a list. */
function seen(lists: number, times: (list: number, rate: number) => number, users = 150) {
  const draws = random(3);
  const rows = Array.from({ length: lists }, (_, list) => {
    const user = draws.below(users);
    return [0, 1, 2].map(position => {
      const rate = 0.05 + 0.25 * draws.uniform();
      const clicked = Number(draws.uniform() < times(list, rate) * rateAt(rate, position, USUAL));
      return { list, user, position, rate, clicked };
    });
  }).flat();
  return {
    rate: rows.map(({ rate }) => rate),
    position: rows.map(({ position }) => position),
    clicked: Uint8Array.from(rows, ({ clicked }) => clicked),
    user: Int32Array.from(rows, ({ user }) => user),
    list: Int32Array.from(rows, ({ list }) => list),
  };
}

it('is what comes of what was promised, whichever way, and lowers the error on lists that it did not learn from', () => {
  for (const times of [0.3, 1.8]) {
    const found = learnFactor(
      seen(1_500, () => times),
      USUAL,
      LEAST,
    );
    expect(found.says).toBe('used');
    expect(Math.abs(Math.log(found.factor / times))).toBeLessThan(0.15);
    expect(found.change!.high).toBeLessThan(0);
    expect(found.ece!.value + found.change!.value).toBeLessThan(0.4 * found.ece!.value);
  }
});

it('is none where promises are kept', () => {
  const found = learnFactor(
    seen(1_500, () => 1),
    USUAL,
    LEAST,
  );
  expect(found).toMatchObject({ factor: 1, says: 'refused' });
  expect(Math.abs(Math.log(found.learned))).toBeLessThan(0.2);
});

it('is refused where the newer lists are not as the older ones were', () => {
  const found = learnFactor(
    seen(1_500, list => (list < 750 ? 0.3 : 1.2)),
    USUAL,
    LEAST,
  );
  expect(found).toMatchObject({ factor: 1, says: 'refused' });
  expect(found.change!.low).toBeGreaterThan(0);
});

it('is drawn to 1 by what few clicks do not say, and is none of fewer', () => {
  const few = learnFactor(
    seen(300, () => 0),
    USUAL,
    LEAST,
  );
  expect(few.says).toBe('used'); // none of some hundred came
  expect(few.factor).toBeGreaterThan(0.05);
  const many = learnFactor(
    seen(3_000, () => 0),
    USUAL,
    LEAST,
  );
  expect(many.factor).toBeLessThan(few.factor / 4);
  expect(
    learnFactor(
      seen(199, () => 0),
      USUAL,
      LEAST,
    ),
  ).toMatchObject({ factor: 1, says: 'few' });
  expect(
    learnFactor(
      seen(300, () => 0, 40),
      USUAL,
      LEAST,
    ),
  ).toMatchObject({ factor: 1, says: 'few' });
  expect(
    learnFactor(
      seen(0, () => 0),
      USUAL,
      LEAST,
    ),
  ).toMatchObject({ factor: 1, says: 'few' });
});

it('says nothing of places that are looked at further: they are promised more', () => {
  const tops = seen(1_500, () => 1);
  const flat = { ...tops, position: tops.position.map(() => 2) };
  expect(learnFactor(tops, USUAL, LEAST).learned).toBeLessThan(0.9 * learnFactor(flat, USUAL, LEAST).learned);
});
