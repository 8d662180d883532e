import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { TemperError } from '../../../schemas/errors.ts';

export const LANGUAGES = { en: 'English', de: 'German', fr: 'French', es: 'Spanish', zh: 'Chinese', ja: 'Japanese' };
export type Language = keyof typeof LANGUAGES;

const text = z.string().min(1);

/** What somebody looks for, in each language, and the types of the products that are it; see `findTypes`. */
const Query = z.object({ types: z.array(text).min(1), en: text, de: text, fr: text, es: text, zh: text, ja: text });
export type Query = z.infer<typeof Query>;

/**
 * Reads queries: a line `{"types": [...], "en": ..., "de": ..., ...}` each.
 *
 * @throws INPUT_INVALID with file and line
 */
export function readQueries(file: string): Query[] {
  return linesOf(file).flatMap((line, number) =>
    line.trim() === '' ? [] : [parse(line, `${file}, line ${number + 1}`)],
  );
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (cause) {
    throw new TemperError('INPUT_INVALID', { where: file, expected: 'a file of queries', cause });
  }
}

function parse(line: string, where: string): Query {
  try {
    return Query.parse(JSON.parse(line));
  } catch (cause) {
    throw new TemperError('INPUT_INVALID', { where, expected: `types, ${Object.keys(LANGUAGES).join(', ')}`, cause });
  }
}
