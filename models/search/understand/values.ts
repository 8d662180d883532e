import type { Value } from '../../retrieval/live/product-values.ts';
import type { ProductWords } from '../../retrieval/live/product-words.ts';
import { type Span, spansOf, type Word } from '../phrases.ts';

/** A value of the catalogue that a query names. */
export interface ReadValue {
  value: Value;
  words: string;
  hard: boolean;
}

/** Fewer products make no value of an attribute, or of a category, that is worth to be preferred. */
const LEAST = 3;
/** Products of a brand of which a user may choose; with fewer, others may come behind them. */
const ENOUGH = 10;
/** Of the products that have a brand's words, so many are of the brand, or the words mean something else as well. */
const MEANS_IT = 0.5;
const LONGEST = 3;
/** What stands before what a product is to be used with: the brand is another's. */
const USED_WITH = new Set(
  'for fits with compatible für fuer mit kompatibel pour avec para con per compatibile'.split(' '),
);

/**
 * The values that a query's words are, as products of the catalogue have them: brands, categories, attributes. Each word is
 * of one value, of the longest that it is part of, and of those the one that most products have. A brand is a condition
 * where the shop has enough of it and its words mean it; all else is preferred. Without another word nothing is read.
 */
export function readValues(words: readonly Word[], text: string, products: ProductWords): ReadValue[] {
  const isRead = words.map(() => false);
  const read: Read[] = [];
  for (const span of spansOf(words, LONGEST)) {
    const places = Array.from({ length: span.length }, (_, n) => span.at + n);
    if (places.some(place => isRead[place])) continue;
    const value = namedBy(span, products);
    if (!value) continue;
    for (const place of places) isRead[place] = true;
    const typed = text.slice(words[span.at]!.start, words[span.at + span.length - 1]!.end);
    const isUsedWith = span.at > 0 && USED_WITH.has(words[span.at - 1]!.raw.toLowerCase());
    const hard = value.field === 'brand' && !isUsedWith && isMeant(value, products);
    read.push({ value, words: typed, hard, at: span.at, length: span.length });
  }
  return read
    .filter(each => leavesWords(each, read, words.length))
    .sort((a, b) => a.at - b.at)
    .map(({ at: _, length: __, ...each }) => each);
}

interface Read extends ReadValue {
  at: number;
  length: number;
}

/**
 * What is a value says how a thing is to be, so there has to be a thing: a query that is a brand alone asks for its words,
 * and one of values of attributes alone, such as `desktop`, names by them what it is.
 */
function leavesWords({ value, length }: Read, read: readonly Read[], words: number): boolean {
  if (value.field === 'category') return true;
  const said = read.filter(each => each.value.field !== 'category');
  return value.field === 'brand' ? length < words : said.reduce((sum, each) => sum + each.length, 0) < words;
}

function namedBy({ phrase }: Span, { values }: ProductWords): Value | undefined {
  let best: Value | undefined;
  for (const number of values.named(phrase)) {
    const value = values.at(number);
    if (value.field !== 'brand' && value.count < LEAST) continue;
    const isMore = !best || value.count > best.count || (value.count === best.count && value.field === 'brand');
    if (isMore) best = value;
  }
  return best;
}

function isMeant({ phrase, count }: Value, products: ProductWords): boolean {
  if (count < ENOUGH) return false;
  const having = Math.min(...phrase.split(' ').map(term => products.having(term)));
  return count >= MEANS_IT * having;
}
