import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { TemperError } from '../../../schemas/errors.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { random } from '../../random.ts';

/** A query, and the text of a product that it should find. */
export interface Pair {
  query: string;
  text: string;
}

const Pair = z.object({
  query: z.string().trim().min(1).max(LIMITS.text_chars),
  text: z.string().trim().min(1).max(LIMITS.text_chars),
});

/**
 * Reads pairs: a line `{"query": ..., "text": ...}` each in a `.jsonl` file, `query<tab>text` in a `.tsv` file.
 *
 * @throws INPUT_INVALID with file and line
 */
export async function readPairs(file: string): Promise<Pair[]> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new TemperError('INPUT_INVALID', { where: file, expected: 'a file of pairs', cause });
  });
  if (!found.isFile()) refuse(file, 'a file of pairs', 'a directory or device');
  const { size } = found;
  if (size > LIMITS.pairs_bytes) refuse(file, `at most ${LIMITS.pairs_bytes} bytes`, `${size} bytes`);
  const parse = file.endsWith('.tsv') ? fromTabs : fromJson;
  return (await readFile(file, 'utf8')).split('\n').flatMap((line, number) => {
    if (line.trim() === '') return [];
    const pair = Pair.safeParse(parse(line, `${file}, line ${number + 1}`));
    if (pair.success) return [pair.data];
    return refuse(`${file}, line ${number + 1}`, 'query and text', z.prettifyError(pair.error));
  });
}

/**
 * Puts the pairs of a share of the texts aside, by which to judge what was learned of the others. All pairs of a text,
 * and of a query that leads to several texts, are on one side: nothing that is judged was seen.
 *
 * @param share of the texts, in (0, 1)
 */
export function splitPairs(pairs: readonly Pair[], share: number, seed: number): { train: Pair[]; heldOut: Pair[] } {
  const groups = [...connected(pairs).values()];
  const order = random(seed).shuffle(Uint32Array.from(groups.keys()));
  const wanted = share * new Set(pairs.map(({ text }) => text)).size;
  const heldOut: Pair[] = [];
  const train: Pair[] = [];
  let texts = 0;
  for (const place of order) {
    const group = groups[place]!;
    const size = new Set(group.map(({ text }) => text)).size;
    const aside = texts + size <= wanted;
    if (aside) texts += size;
    (aside ? heldOut : train).push(...group);
  }
  return { train, heldOut };
}

/** Pairs in groups that share no query and no text. */
function connected(pairs: readonly Pair[]): Map<string, Pair[]> {
  const parents = new Map<string, string>();
  const root = (name: string): string => {
    let at = name;
    while (parents.has(at) && parents.get(at) !== at) at = parents.get(at)!;
    parents.set(name, at);
    return at;
  };
  for (const { query, text } of pairs) parents.set(root(`q ${query}`), root(`t ${text}`));
  const groups = new Map<string, Pair[]>();
  for (const pair of pairs) {
    const name = root(`t ${pair.text}`);
    groups.set(name, [...(groups.get(name) ?? []), pair]);
  }
  return groups;
}

function fromJson(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new TemperError('INPUT_INVALID', { where, expected: 'a line of JSON', cause });
  }
}

function fromTabs(line: string): unknown {
  const [query, text] = line.split('\t');
  return { query, text };
}

function refuse(where: string, expected: string, got: string): never {
  throw new TemperError('INPUT_INVALID', { where, expected, got });
}
