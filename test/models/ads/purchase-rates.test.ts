import { describe, expect, it } from 'vitest';
import { purchaseRates } from '../../../models/ads/purchase-rates.ts';
import { FEATURE_NAMES } from '../../../models/features/vector.ts';

/** Features of items with so many clicks and purchases, each halving every seven days. */
function ratesOf(...items: { clicks: number; purchases: number }[]): number[] {
  const features = new Float32Array(items.length * FEATURE_NAMES.length).fill(0.7);
  const put = (row: number, feature: string, count: number) => {
    features[row * FEATURE_NAMES.length + FEATURE_NAMES.indexOf(feature)] = Math.log1p(count);
  };
  for (const [row, { clicks, purchases }] of items.entries()) {
    put(row, 'item.clicks.7d', clicks);
    put(row, 'item.purchases.7d', purchases);
  }
  return [...purchaseRates(features, items.length)];
}

describe('P(purchase | click)', () => {
  const sold = Array.from({ length: 50 }, () => ({ clicks: 40, purchases: 8 }));

  it('of an item of which nothing is known is what the others of the list sell, and not a twentieth', () => {
    expect(ratesOf({ clicks: 0, purchases: 0 }, ...sold)[0]).toBeCloseTo(0.2, 2);
    expect(ratesOf({ clicks: 0, purchases: 0 })[0]).toBeCloseTo(0.05, 6);
    expect(ratesOf()).toEqual([]);
  });

  it('is its own where it was clicked often, and lies between where it was not', () => {
    const of = (clicks: number) => ratesOf({ clicks, purchases: clicks / 2 }, ...sold)[0]!;
    expect(of(10_000)).toBeCloseTo(0.5, 2);
    expect(of(20)).toBeCloseTo((0.5 + 0.2) / 2, 1);
    expect(of(5)).toBeLessThan(of(20));
  });

  it('is never above 1, nor 0, for there are purchases without clicks and clicks without purchases', () => {
    expect(ratesOf({ clicks: 0, purchases: 500 }, { clicks: 0, purchases: 500 })).toEqual([1, 1]);
    expect(ratesOf({ clicks: 1e6, purchases: 0 })[0]).toBeGreaterThan(0);
  });
});
