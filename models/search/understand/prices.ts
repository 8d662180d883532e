import type { SearchFilter } from '../../../schemas/topics/search.ts';
import { isUnit } from '../../retrieval/analyse.ts';

type PriceBound = Extract<SearchFilter, { field: 'price' }>;

/** A price bound that was read, and what is left of the query. */
export interface ReadPrice {
  filter: PriceBound;
  words: string;
  rest: string;
  /** Of the words that say it, where they are of one language. */
  language?: string;
}

/**
 * Words before a bound, by language. What is `sure` is taken for a price without a currency, too; the others say as
 * often how long, how many or how old.
 */
const WORDS = {
  en: {
    most: { sure: 'under|below|less than|cheaper than|no more than', else: 'up to|at most|max\\.?|maximum|until' },
    least: { sure: 'more expensive than', else: 'over|above|more than|from|at least|min\\.?|minimum|starting at' },
    between: [
      ['between', 'and'],
      ['from', 'to'],
    ],
  },
  de: {
    most: {
      sure: 'unter|weniger als|billiger als|günstiger als|nicht über',
      else: 'bis zu|bis|höchstens|maximal|max\\.?',
    },
    least: { sure: 'teurer als', else: 'über|ab|mehr als|mindestens|min\\.?' },
    between: [
      ['zwischen', 'und'],
      ['von', 'bis'],
    ],
  },
  fr: {
    most: { sure: 'moins de|moins cher que|en dessous de', else: "jusqu['’]?à|jusqu['’]?a|sous|au plus|maximum" },
    least: { sure: 'plus cher que', else: 'plus de|à partir de|a partir de|dès|au moins|minimum' },
    between: [
      ['entre', 'et'],
      ['de', 'à'],
    ],
  },
  es: {
    most: { sure: 'menos de|más barato que|mas barato que|por debajo de', else: 'hasta|como mucho|máximo|maximo' },
    least: { sure: 'más caro que|mas caro que', else: 'más de|mas de|desde|a partir de|mínimo|minimo' },
    between: [
      ['entre', 'y'],
      ['de', 'a'],
    ],
  },
  it: {
    most: { sure: 'meno di|sotto i|sotto', else: 'fino a|al massimo|massimo' },
    least: { sure: 'più caro di', else: 'più di|piu di|oltre|a partire da|almeno|minimo' },
    between: [
      ['tra', 'e'],
      ['fra', 'e'],
    ],
  },
} as const;

/** How currencies are typed. A sign that several currencies have says only that it is money. */
const CURRENCIES: readonly [pattern: string, currency: string | undefined][] = [
  ['€|euros?|eur', 'EUR'],
  ['us\\$|\\$|dollars?|dólares|dollari|usd', 'USD'],
  ['£|gbp', 'GBP'],
  ['chf|franken', 'CHF'],
  ['¥|yen|jpy', 'JPY'],
  ['zł|pln', 'PLN'],
  ['₹|inr', 'INR'],
  ['kr', undefined],
];
const CURRENCY = CURRENCIES.map(([pattern]) => pattern).join('|');
const NUMBER = String.raw`\d{1,3}(?:[.,’' ]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?`;
/** With the currency on either side. The word behind may be a unit, and the number no price. */
const amount = (name: string) =>
  String.raw`(?:(?<${name}B>${CURRENCY})\s?)?(?<${name}>${NUMBER})(?![\p{N}])(?:\s?(?<${name}A>${CURRENCY})(?![\p{L}]))?`;
const START = String.raw`(?<![\p{L}\p{N}])`;
/** What may stand behind a number without a currency: nothing, or what begins another thought. */
const ENDS = /^\s*(?:$|[,;)]|(?:for|with|in|and|or|on|für|mit|und|oder|pour|avec|et|para|con|y|per|e)(?![\p{L}]))/iu;

interface Form {
  readonly pattern: RegExp;
  readonly sure: boolean;
  readonly language?: string;
  readonly bound: 'range' | 'at_most' | 'at_least';
}

const FORMS: readonly Form[] = [
  ...Object.entries(WORDS).flatMap(([language, { between }]) =>
    between.map(([from, to], n): Form => {
      const pattern = `${START}${from} ${amount('low')} ${to} ${amount('high')}`;
      return { pattern: form(pattern), sure: n === 0, language, bound: 'range' };
    }),
  ),
  { pattern: form(`${START}${amount('low')}\\s?(?:-|–|to|bis)\\s?${amount('high')}`), sure: false, bound: 'range' },
  ...Object.entries(WORDS).flatMap(([language, { most, least }]): Form[] => [
    { pattern: form(`${START}(?:${most.sure})\\s+${amount('high')}`), sure: true, language, bound: 'at_most' },
    { pattern: form(`${START}(?:${least.sure})\\s+${amount('low')}`), sure: true, language, bound: 'at_least' },
    { pattern: form(`${START}(?:${most.else})\\s+${amount('high')}`), sure: false, language, bound: 'at_most' },
    { pattern: form(`${START}(?:${least.else})\\s+${amount('low')}`), sure: false, language, bound: 'at_least' },
  ]),
  { pattern: form(`[<≤]=?\\s?${amount('high')}`), sure: true, bound: 'at_most' },
  { pattern: form(`[>≥]=?\\s?${amount('low')}`), sure: true, bound: 'at_least' },
];

function form(pattern: string): RegExp {
  return new RegExp(pattern, 'iu');
}

/** The first bound of a price that a query's words say, in English, German, French, Spanish or Italian, or by signs. */
export function readPrice(query: string): ReadPrice | undefined {
  if (!/\p{N}/u.test(query)) return undefined;
  for (const { pattern, sure, language, bound } of FORMS) {
    const found = pattern.exec(query);
    if (!found) continue;
    const { low, high, lowA, lowB, highA, highB } = found.groups as Record<string, string | undefined>;
    const sign = highA ?? highB ?? lowA ?? lowB;
    const behind = query.slice(found.index + found[0].length);
    if (sign === undefined && !(sure && ENDS.test(behind))) continue;
    if (sign === undefined && isUnit(/^\s*(\S*)/u.exec(behind)![1]!.toLowerCase())) continue;
    const [least, most] = [
      low === undefined ? undefined : numberOf(low),
      high === undefined ? undefined : numberOf(high),
    ];
    if (bound === 'range' && least! > most!) continue;
    const currency = sign === undefined ? undefined : currencyOf(sign);
    return {
      filter: {
        field: 'price',
        ...(least === undefined ? {} : { at_least: least }),
        ...(most === undefined ? {} : { at_most: most }),
        ...(currency === undefined ? {} : { currency }),
      },
      words: found[0].trim(),
      rest: `${query.slice(0, found.index)} ${behind}`.replace(/\s+/gu, ' ').trim(),
      ...(language === undefined ? {} : { language }),
    };
  }
  return undefined;
}

/** `1.299,99` and `1,299.99` alike: the last mark is that of decimals where one or two digits follow. */
function numberOf(text: string): number {
  const [, whole = text, decimals = ''] = /^(.*)[.,](\d{1,2})$/.exec(text) ?? [];
  return Number(`${whole.replace(/\D/g, '')}.${decimals || '0'}`);
}

function currencyOf(sign: string): string | undefined {
  return CURRENCIES.find(([pattern]) => new RegExp(`^(?:${pattern})$`, 'iu').test(sign))?.[1];
}
