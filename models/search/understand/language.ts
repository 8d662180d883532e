import { detectAll } from 'tinyld';

/** Of a few words it takes much to tell: below it, the guess is wrong too often. */
const SURE = 0.5;

/** The language of a query by ISO 639-1; undefined where too little tells. Single words are of no language. */
export function languageOfQuery(query: string): string | undefined {
  if (!/\p{L}\s+\p{L}/u.test(query)) return undefined;
  const [first] = detectAll(query);
  return first && first.accuracy >= SURE ? first.lang : undefined;
}
