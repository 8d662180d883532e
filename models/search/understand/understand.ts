import type { Reading, SearchFilter, Understood } from '../../../schemas/topics/search.ts';
import type { Value } from '../../retrieval/live/product-values.ts';
import type { ProductWords } from '../../retrieval/live/product-words.ts';
import type { LearnedQueries } from '../learned/queries.ts';
import { wordsIn } from '../phrases.ts';
import { languageOfQuery } from './language.ts';
import { readPrice } from './prices.ts';
import { respelt } from './spelling.ts';
import { readValues } from './values.ts';

/** What a query was taken for, and what to look for because of it. */
export interface Understanding extends Understood {
  /** The text with synonyms in place of words. */
  rewritten: readonly string[];
}

export interface Readers {
  readonly words: ProductWords;
  readonly learned: LearnedQueries;
}

/** Texts in other words that are looked for besides; each costs about as much as the query. */
const REWRITTEN = 2;

/**
 * What a query asks for, as far as the catalogue and other people's searches tell.
 *
 * @param widely see `respelt`
 */
export function understand(
  query: string,
  { words: products, learned }: Readers,
  readings: ReadonlySet<Reading>,
  widely = false,
): Understanding {
  const price = readings.has('filters') ? readPrice(query) : undefined;
  // A query of a price alone has no words to look for: then it is looked for as it stands.
  const asked = price && price.rest !== '' ? price.rest : query;
  const { text, spelling } = readings.has('spelling')
    ? respelt(asked, products, widely)
    : { text: asked, spelling: [] };
  const words = wordsIn(text);
  const values = readings.has('filters') ? readValues(words, text, products) : [];
  const rewritten = readings.has('synonyms') ? learned.rewritten(words, products.values, REWRITTEN) : [];
  const language = readings.has('language') ? (languageOfQuery(query) ?? price?.language) : undefined;
  return {
    ...(language === undefined ? {} : { language }),
    text,
    filters: [
      ...(price ? [{ words: price.words, filter: price.filter, hard: true }] : []),
      ...values.map(({ value, words: typed, hard }) => ({ words: typed, filter: filterOf(value), hard })),
    ],
    spelling,
    synonyms: rewritten.map(({ from, to }) => ({ from, to })),
    rewritten: rewritten.map(each => each.text),
  };
}

function filterOf({ field, name, value }: Value): SearchFilter {
  return field === 'attribute' ? { field, name, value } : { field, value };
}
