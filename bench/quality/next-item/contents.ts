import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { TemperError } from '../../../schemas/errors.ts';

const Attributes = z.record(z.string(), z.array(z.union([z.number(), z.string()])));

/**
 * What items are described by: their attributes, of `item_attributes.json` (`{item: [attribute ids]}`), and then the
 * words of their texts, of `item_text.tsv` (a header, then an item in the first and its text in the last column). Either
 * file may be missing.
 *
 * @param names of the items
 * @returns of each item its tokens
 * @throws INPUT_INVALID where a file is otherwise
 */
export function readDescriptions(directory: string, names: readonly string[]): string[][] {
  const attributes = readAttributes(path.join(directory, 'item_attributes.json'));
  const texts = readTexts(path.join(directory, 'item_text.tsv'));
  return names.map(name => [
    ...(attributes.get(name) ?? []).map(id => `attribute ${id}`),
    ...wordsOf(texts.get(name) ?? '').map(word => `word ${word}`),
  ]);
}

function readAttributes(file: string): ReadonlyMap<string, readonly (string | number)[]> {
  if (!existsSync(file)) return new Map();
  try {
    return new Map(Object.entries(Attributes.parse(JSON.parse(readFileSync(file, 'utf8')))));
  } catch (cause) {
    throw new TemperError('INPUT_INVALID', { where: file, expected: '{item: [attribute ids]}', cause });
  }
}

function readTexts(file: string): ReadonlyMap<string, string> {
  if (!existsSync(file)) return new Map();
  const [, ...lines] = readFileSync(file, 'utf8')
    .replace(/[\r\n]+$/, '')
    .split(/\r?\n/);
  return new Map(
    lines.map((line, at) => {
      const columns = line.split('\t');
      if (columns.length > 1) return [columns[0]!, columns.at(-1)!];
      throw new TemperError('INPUT_INVALID', {
        where: `${file}, line ${at + 2}`,
        expected: 'an item and its text, with tabs between them',
        got: line.slice(0, 80),
      });
    }),
  );
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
