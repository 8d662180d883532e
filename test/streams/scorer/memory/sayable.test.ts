import { expect, it } from 'vitest';
import { Currencies } from '../../../../schemas/policies/currencies.ts';
import type { Parsed } from '../../../../schemas/topics/parse.ts';
import { RankRequest } from '../../../../schemas/topics/ranking.ts';
import type { StreamRecord } from '../../../../streams/kafka/bus.ts';
import { Memory } from '../../../../streams/scorer/memory/memory.ts';
import { sayable } from '../../../../streams/scorer/memory/sayable.ts';

const AT_MS = Date.parse('2026-11-20');
const currencies = Currencies.parse({ rates: [{ currency: 'USD', from: '2026-11-01', rate: 0.8 }] });
const product = (item: string, price: number, currency: string): StreamRecord => {
  const value = { v: 1, item, at_ms: AT_MS, title: item, category: 'lamps', price, currency };
  return { key: item, value: Buffer.from(JSON.stringify(value)), offset: 0, timestamp_ms: AT_MS };
};
const request = (currency?: string): Parsed<RankRequest> => {
  const asked = { v: 1, id: 'r', at_ms: AT_MS, user: 'u', session: 's', surface: 'home', currency };
  return { ok: true, value: RankRequest.parse(asked) };
};

it('products are ranked in the shop’s currency, shown in their user’s, and what nobody can say is refused', () => {
  const memory = new Memory(1, currencies);
  memory.apply('shop.catalogue', 0, product('lamp', 100, 'USD'));
  memory.apply('shop.catalogue', 0, product('cup', 8, 'EUR'));
  memory.apply('shop.catalogue', 0, product('pot', 8, 'CHF'));
  expect(memory.products.get('lamp')).toMatchObject({ price: 80, currency: 'EUR' });
  expect(memory.products.get('pot')!.price).toBeUndefined();
  expect(memory.unpriced).toBe(1);
  expect([memory.priceIn('USD', 'lamp', AT_MS), memory.priceIn('EUR', 'lamp', AT_MS)]).toEqual([100, 80]);
  expect([memory.priceIn('USD', 'cup', AT_MS), memory.priceIn('USD', 'pot', AT_MS)]).toEqual([10, undefined]);
  memory.apply('shop.catalogue', 0, product('pot', 9, 'EUR'));
  expect([memory.unpriced, memory.products.get('pot')!.price]).toEqual([0, 9]);

  expect(sayable(request('USD'), memory)).toEqual(request('USD'));
  expect(sayable(request(), memory)).toEqual(request());
  expect(sayable(request('CHF'), memory)).toEqual({
    ok: false,
    refusal: {
      reason: 'invalid_field',
      detail: expect.stringMatching(/rate under currencies in TEMPER_POLICY, got CHF/),
    },
  });
});
