import { z } from 'zod';
import { LIMITS } from '../limits.ts';

/** ISO 4217, such as EUR. */
export const CurrencyCode = z.string().regex(/^[A-Z]{3}$/, 'expected an ISO 4217 code such as EUR');

/** What a unit of a currency was worth in the shop's own, from a day on (UTC) until the next rate of it. */
export const CurrencyRate = z.strictObject({
  currency: CurrencyCode,
  from: z.iso.date(),
  rate: z.number().positive().max(1e9),
});

/**
 * In which currency the shop thinks, and what others were worth. Without rates all prices are taken as they stand,
 * whatever their currency. Rates that were in force stay here: prices of then are reckoned by them.
 */
export const Currencies = z
  .strictObject({
    shop: CurrencyCode.default('EUR'),
    rates: z.array(CurrencyRate).max(LIMITS.currency_rates).default([]),
  })
  .refine(({ shop, rates }) => rates.every(({ currency }) => currency !== shop), {
    path: ['rates'],
    message: "expected rates of other currencies than the shop's own, which is always worth 1",
  })
  .refine(({ rates }) => new Set(rates.map(({ currency, from }) => `${currency} ${from}`)).size === rates.length, {
    path: ['rates'],
    message: 'expected one rate of a currency for each day',
  });
export type Currencies = z.infer<typeof Currencies>;
