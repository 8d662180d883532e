import { describe, expect, it } from 'vitest';
import { inShopCurrency, priceSql, rateOf, shownPrice } from '../../models/prices.ts';
import { Currencies } from '../../schemas/policies/currencies.ts';

const at = (day: string) => Date.parse(day);
const CURRENCIES = Currencies.parse({
  shop: 'EUR',
  rates: [
    { currency: 'USD', from: '2026-11-01', rate: 0.8 },
    { currency: 'USD', from: '2026-01-01', rate: 0.9 },
    { currency: 'JPY', from: '2026-01-01', rate: 0.006 },
  ],
});

describe('a rate', () => {
  it('is the newest that was in force, and the shop’s own is always one', () => {
    expect(rateOf(CURRENCIES, 'EUR', 1)).toBe(1);
    expect(rateOf(CURRENCIES, 'USD', at('2026-10-31T23:59:59Z'))).toBe(0.9);
    expect(rateOf(CURRENCIES, 'USD', at('2026-11-01'))).toBe(0.8);
    expect(rateOf(CURRENCIES, 'USD', at('2025-12-31'))).toBeUndefined();
    expect(rateOf(CURRENCIES, 'CHF', at('2026-11-01'))).toBeUndefined();
  });

  it.each([
    ['of the shop’s own currency', { rates: [{ currency: 'EUR', from: '2026-01-01', rate: 1 }] }],
    ['of no currency', { rates: [{ currency: 'euro', from: '2026-01-01', rate: 1 }] }],
    ['of nothing', { rates: [{ currency: 'USD', from: '2026-01-01', rate: 0 }] }],
    ['of no day', { rates: [{ currency: 'USD', from: 'yesterday', rate: 1 }] }],
    [
      'that is there twice',
      {
        rates: [
          { currency: 'USD', from: '2026-01-01', rate: 1 },
          { currency: 'USD', from: '2026-01-01', rate: 2 },
        ],
      },
    ],
  ])('%s is refused', (_what, currencies) => {
    expect(Currencies.safeParse(currencies).success).toBe(false);
  });
});

describe('a product', () => {
  const lamp = { at_ms: at('2026-06-01'), price: 100, currency: 'USD' };

  it('costs in the shop’s currency what it was worth when the shop said so', () => {
    expect(inShopCurrency(lamp, CURRENCIES)).toEqual({ ...lamp, price: 90, currency: 'EUR' });
    expect(inShopCurrency({ ...lamp, currency: undefined }, CURRENCIES).price).toBe(100);
    expect(inShopCurrency({ ...lamp, currency: 'EUR' }, CURRENCIES).price).toBe(100);
  });

  it('has no known price where no rate says what its currency is worth', () => {
    expect(inShopCurrency({ ...lamp, currency: 'CHF' }, CURRENCIES).price).toBeUndefined();
    expect(inShopCurrency({ ...lamp, at_ms: at('2025-06-01') }, CURRENCIES).price).toBeUndefined();
  });

  it('is as it stands where there are no rates at all', () => {
    expect(inShopCurrency(lamp, Currencies.parse({}))).toBe(lamp);
    expect(priceSql(Currencies.parse({}))).toBe('price');
  });

  it('is shown in its user’s currency by the rate of today, and to whoever thinks as the shop does as it was said', () => {
    const now = at('2026-11-20');
    expect(shownPrice(lamp, 'USD', CURRENCIES, now)).toBe(100);
    expect(shownPrice(lamp, 'EUR', CURRENCIES, now)).toBe(90);
    expect(shownPrice({ at_ms: 1, price: 12, currency: 'EUR' }, 'USD', CURRENCIES, now)).toBe(15);
    expect(shownPrice({ at_ms: 1, price: 12, currency: undefined }, 'JPY', CURRENCIES, now)).toBe(2_000);
    expect(shownPrice(lamp, 'CHF', CURRENCIES, now)).toBeUndefined();
    expect(shownPrice({ at_ms: 1, price: undefined }, 'EUR', CURRENCIES, now)).toBeUndefined();
  });
});
