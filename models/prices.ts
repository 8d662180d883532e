import type { Currencies } from '../schemas/policies/currencies.ts';

/** What has a price, in a currency that may not be said: then it is the shop's. */
interface Priced {
  at_ms: number;
  price?: number | undefined;
  currency?: string | undefined;
}

/**
 * What a unit of a currency was worth in the shop's own at a time, by the newest rate that was in force.
 *
 * @returns undefined where no rate says so
 */
export function rateOf({ shop, rates }: Currencies, currency: string, at_ms: number): number | undefined {
  if (currency === shop) return 1;
  let newest: Currencies['rates'][number] | undefined;
  for (const each of rates) {
    if (each.currency !== currency || Date.parse(each.from) > at_ms) continue;
    if (newest === undefined || each.from > newest.from) newest = each;
  }
  return newest?.rate;
}

/**
 * A product as rankers and filters see it: its price in the shop's currency, by the rate of when the shop said it, so that
 * it does not change from day to day by itself. Without a rate its price is unknown; without any rates it is as it stands.
 */
export function inShopCurrency<P extends Priced>(product: P, currencies: Currencies): P {
  const { price, currency, at_ms } = product;
  if (price === undefined || currency === undefined || currency === currencies.shop || currencies.rates.length === 0) {
    return product;
  }
  const rate = rateOf(currencies, currency, at_ms);
  if (rate === undefined) return { ...product, price: undefined };
  return { ...product, price: price * rate, currency: currencies.shop };
}

/** A product's price as its user reads it: as the shop said it, where that is his currency, else by the rate of the time. */
export function shownPrice(
  { price, currency, at_ms: said_ms }: Priced,
  wanted: string,
  currencies: Currencies,
  at_ms: number,
): number | undefined {
  if (price === undefined) return undefined;
  const own = currency ?? currencies.shop;
  if (own === wanted) return price;
  const [from, to] = [rateOf(currencies, own, said_ms), rateOf(currencies, wanted, at_ms)];
  return from === undefined || to === undefined ? undefined : Math.round(((price * from) / to) * 100) / 100;
}

/** `inShopCurrency` in SQL, over the columns `price`, `currency` and `at` of the catalogue. */
export function priceSql({ shop, rates }: Currencies): string {
  if (rates.length === 0) return 'price';
  const newestFirst = [...rates].sort((a, b) => (a.from < b.from ? 1 : -1));
  const cases = newestFirst.map(
    ({ currency, from, rate }) =>
      `currency = '${currency}' AND at >= toDateTime64('${from}', 3, 'UTC'), price * ${rate}`,
  );
  return `multiIf(currency IN ('', '${shop}'), price, ${cases.join(', ')}, NULL)`;
}
