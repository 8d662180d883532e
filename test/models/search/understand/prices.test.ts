import { describe, expect, it } from 'vitest';
import { readPrice } from '../../../../models/search/understand/prices.ts';

/** What is left of the query, and the bound. */
function read(query: string) {
  const found = readPrice(query);
  if (!found) return undefined;
  const { at_least, at_most, currency } = found.filter;
  return [found.rest, at_least ?? null, at_most ?? null, currency ?? null];
}

describe('a price in a query', () => {
  it.each([
    ['red shoes under 50', 'red shoes', null, 50, null],
    ['under $50 red shoes', 'red shoes', null, 50, 'USD'],
    ['cheaper than 1,299.99 laptop for games', undefined],
    ['laptop cheaper than 1,299.99', 'laptop', null, 1299.99, null],
    ['rote Schuhe bis 20 €', 'rote Schuhe', null, 20, 'EUR'],
    ['Schuhe unter 1.299,50 Euro rot', 'Schuhe rot', null, 1299.5, 'EUR'],
    ['Schuhe unter 50', 'Schuhe', null, 50, null],
    ['chaussures moins de 20 euros', 'chaussures', null, 20, 'EUR'],
    ['zapatos por menos de 30€ rojos', 'zapatos por rojos', null, 30, 'EUR'],
    ['scarpe sotto i 40 euro', 'scarpe', null, 40, 'EUR'],
    ['teapot over 20 £', 'teapot', 20, null, 'GBP'],
    ['teapot between 10 and 20', 'teapot', 10, 20, null],
    ['Kanne zwischen 10 und 20 EUR', 'Kanne', 10, 20, 'EUR'],
    ['theière entre 10 et 20 €', 'theière', 10, 20, 'EUR'],
    ['teapot 10-20 €', 'teapot', 10, 20, 'EUR'],
    ['teapot $10 to $20', 'teapot', 10, 20, 'USD'],
    ['teapot < 30', 'teapot', null, 30, null],
    ['teapot ab 30 CHF', 'teapot', 30, null, 'CHF'],
    ['shoes under 50 for men', 'shoes for men', null, 50, null],
    ['under 10 €', '', null, 10, 'EUR'],
  ])('%s', (query, ...expected) => {
    expect(read(query)).toEqual(expected[0] === undefined ? undefined : expected);
  });

  it.each([
    'iphone 12',
    'usb stick up to 64 gb',
    'tv under 50 inch',
    'tv under 50"',
    'games for kids under 12 years',
    'Spiel ab 12 Jahren',
    'bis 2024',
    'ddr4-2666',
    '006R90321',
    'from 10 to 20',
    'teapot between 20 and 10 €',
    '',
  ])('is none in %s', query => {
    expect(readPrice(query)).toBeUndefined();
  });
});
