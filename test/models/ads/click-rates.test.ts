import { expect, it } from 'vitest';
import { adClicksOf, rateAt, usualLook } from '../../../models/ads/click-rates.ts';
import { examination } from '../../../models/features/aggregates/examination.ts';

const USUAL = 0.5;

/** Ads at places, of which as many are clicked as a rate says that is `times` what was predicted. */
function seen(cells: readonly { rate: number; position: number; times: number }[], each = 4_000) {
  const rows = cells.flatMap(({ rate, position, times }) => {
    const clicks = (rows: number) => Math.floor(rows * times * rateAt(rate, position, USUAL));
    return Array.from({ length: each }, (_, n) => ({ rate, position, clicked: clicks(n + 1) - clicks(n) }));
  });
  return {
    rate: rows.map(({ rate }) => rate),
    position: rows.map(({ position }) => position),
    clicked: Uint8Array.from(rows, ({ clicked }) => clicked),
    user: Int32Array.from(rows.keys()),
  };
}

it('a place counts by how much further it is looked at than a usual one', () => {
  const seen = [3, 0, 0, 1].map((rows, position) => ({ position, rows }));
  expect(usualLook(seen)).toBeCloseTo((3 + 0.5) / 4, 9);
  expect(usualLook([])).toBeNaN();
  expect(rateAt(0.02, 0, USUAL)).toBeCloseTo(0.04, 9);
  expect(rateAt(0.02, 3, USUAL)).toBeCloseTo(0.02, 9);
  expect(rateAt(0.9, 0, USUAL)).toBeLessThan(1);
});

it('clicks come up to what was counted on where rates and places are right, and it is told how far where not', () => {
  const cells = [0, 1, 2, 3].flatMap(position => [0.02, 0.06].map(rate => ({ rate, position, times: 1 })));
  const right = adClicksOf(seen(cells), USUAL)!;
  expect(right.all.value).toBeCloseTo(1, 2);
  expect(right.places.map(({ position, value }) => [position, Math.round(10 * value)])).toEqual(
    [0, 1, 2, 3].map(position => [position, 10]),
  );
  expect(right.ece).toBeLessThan(0.001);
  expect(right.bins.length).toBeGreaterThan(1);

  const off = adClicksOf(seen(cells.map(cell => ({ ...cell, times: cell.position === 0 ? 2 : 0.5 }))), USUAL)!;
  expect(off.places.map(({ value }) => Math.round(10 * value))).toEqual([20, 5, 5, 5]);
  expect(off.ece).toBeGreaterThan(0.01);

  const bold = adClicksOf(seen(cells.map(cell => ({ ...cell, times: cell.rate > 0.05 ? 0.5 : 1.5 }))), USUAL)!;
  expect(bold.bins[0]!.high).toBeLessThan(1);
  expect(bold.bins.at(-1)!.low).toBeGreaterThan(1);
});

it('without places the top would seem twice as good as it was counted on', () => {
  const top = seen([{ rate: 0.03, position: 0, times: 1 }]);
  expect(adClicksOf(top, examination(0))!.all.value).toBeCloseTo(2, 1);
  expect(adClicksOf({ rate: [], position: [], clicked: new Uint8Array(), user: new Int32Array() }, USUAL)).toBeNull();
});
