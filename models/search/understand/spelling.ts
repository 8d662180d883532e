import { phraseOf } from '../../retrieval/analyse.ts';
import type { ProductWords } from '../../retrieval/live/product-words.ts';

export interface Respelt {
  text: string;
  spelling: { from: string; to: string }[];
}

const LETTERS = /\p{L}{5,}/gu;

/**
 * The text with the words that no product has put as products have them.
 *
 * @param widely whether two mistakes in a word may be taken for ones
 */
export function respelt(text: string, products: ProductWords, widely = false): Respelt {
  const spelling: Respelt['spelling'] = [];
  const put = text.replace(LETTERS, from => {
    const term = phraseOf(from);
    if (products.having(term) > 0) return from;
    const to = products.meant(term, widely);
    if (to === undefined) return from;
    spelling.push({ from, to });
    return to;
  });
  return { text: put, spelling };
}
