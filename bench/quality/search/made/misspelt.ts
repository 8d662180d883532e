import { type Random, random } from '../../../../models/random.ts';
import type { CatalogueProduct } from '../catalogue.ts';
import { findTypes } from '../types.ts';
import type { SpeltQueries } from './spellings.ts';

/** Words of so many letters are misspelt. */
const LEAST = 5;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/**
 * Queries that name a kind of product, or a brand and a kind, as titles have them and with one mistake in their longest
 * word. Products of the kind have grade 3 where the query says no other brand, and else 1.
 *
 * @param most of each of the two; none comes twice
 */
export function makeMisspelt(
  products: readonly CatalogueProduct[],
  most: number,
  seed = 1,
): SpeltQueries<'written' | 'misspelt'> {
  const { names, of } = findTypes(products);
  const judged = Int32Array.from(products.keys()).filter(place => of[place]! >= 0);
  const draws = random(seed);
  const queries = [false, true].flatMap(withBrand => {
    const made = new Map<string, SpeltQueries<'written' | 'misspelt'>['queries'][number]>();
    for (const place of draws.shuffle(judged.slice())) {
      if (made.size === most) break;
      const { brand } = products[place]!;
      const kind = names[of[place]!]!;
      const written = withBrand ? `${brand.toLowerCase()} ${kind}` : kind;
      const [longest = ''] = written.split(' ').toSorted((a, b) => b.length - a.length);
      if (longest.length < LEAST || made.has(written)) continue;
      const isAll = (other: CatalogueProduct) => !withBrand || other.brand === brand;
      const grades = Uint8Array.from(products, (other, at) => (of[at] === of[place] ? (isAll(other) ? 3 : 1) : 0));
      made.set(written, { texts: { written, misspelt: written.replace(longest, mistaken(longest, draws)) }, grades });
    }
    return [...made.values()];
  });
  return { queries, judged };
}

/** Behind its first letter a word loses one, has one twice, another one, or two that changed places. */
function mistaken(word: string, { below }: Random): string {
  const at = 1 + below(word.length - 2);
  const [before, letter, next, after] = [word.slice(0, at), word[at]!, word[at + 1]!, word.slice(at + 2)];
  const mistakes = [next, letter + letter + next, LETTERS[below(LETTERS.length)]! + next, next + letter];
  return before + mistakes[below(mistakes.length)]! + after;
}
