import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

// Pairs to fine-tune an encoder with, out of a catalogue of JSON files such as icecat-search's: the short description as
// the query, the title as the text. Pairs that have most words in common are left out: any encoder finds those.
// `unzip 'CATALOGUE/*.zip' -d products && node --import tsx bench/pairs.ts products [COUNT] > pairs.jsonl`

const Product = z.object({ title: z.string(), short_description: z.string().optional() });
const COMMON = 0.5;
const LEAST_WORDS = 3;

const [directory, count = 'Infinity'] = process.argv.slice(2);
if (directory === undefined) throw new Error('expected the directory of a catalogue');

const pairs = readdirSync(directory)
  .filter(name => name.endsWith('.json'))
  .sort()
  .flatMap(name => z.array(Product).parse(JSON.parse(readFileSync(path.join(directory, name), 'utf8'))))
  .map(({ title, short_description = '' }) => ({ query: short_description.trim(), text: title.trim() }))
  .filter(({ query, text }) => isTelling(wordsOf(query), wordsOf(text)));

for (const pair of pairs.slice(0, Number(count))) process.stdout.write(`${JSON.stringify(pair)}\n`);

function isTelling(query: Set<string>, text: Set<string>): boolean {
  const common = [...query].filter(word => text.has(word)).length;
  return query.size >= LEAST_WORDS && common / query.size <= COMMON;
}

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/\p{L}+|\p{N}+/gu) ?? []);
}
