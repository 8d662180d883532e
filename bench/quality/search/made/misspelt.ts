import { type Random, random } from '../../../../models/random.ts';
import type { CatalogueProduct } from '../catalogue.ts';
import { makeQueries } from './queries.ts';
import type { SpeltQueries } from './spellings.ts';

/** Words of so many letters are misspelt. */
const LEAST = 5;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** Made queries that name a kind of product, as they are written and with one mistake in their longest word. */
export function makeMisspelt(
  products: readonly CatalogueProduct[],
  most: number,
  seed = 1,
): SpeltQueries<'written' | 'misspelt'> {
  const draws = random(seed, 2);
  const made = makeQueries(products, most, seed).filter(
    query => query.made === 'kind' || query.made === 'brand and kind',
  );
  const queries = made.flatMap(({ query, grades }) => {
    const [longest = ''] = query.split(' ').toSorted((a, b) => b.length - a.length);
    if (longest.length < LEAST) return [];
    return [{ texts: { written: query, misspelt: query.replace(longest, mistaken(longest, draws)) }, grades }];
  });
  return { queries, judged: made[0]?.judged ?? new Int32Array(0) };
}

/** Behind its first letter a word loses one, has one twice, another one, or two that changed places. */
function mistaken(word: string, { below }: Random): string {
  const at = 1 + below(word.length - 2);
  const [before, letter, next, after] = [word.slice(0, at), word[at]!, word[at + 1]!, word.slice(at + 2)];
  const mistakes = [next, letter + letter + next, LETTERS[below(LETTERS.length)]! + next, next + letter];
  return before + mistakes[below(mistakes.length)]! + after;
}
