import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { TemperError } from '../../../schemas/errors.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { readBounded } from '../../../schemas/settings/bounded-file.ts';
import { languageOf } from '../language.ts';
import type { Passage } from './passage.ts';
import { sentencesOf } from './sentences.ts';

/**
 * Reads what a shop has written for its users: all Markdown files of a directory, section by section, sorted by name.
 *
 * @throws CONFIG_INVALID where there is none, or too much
 */
export async function readDocuments(directory: string): Promise<Passage[]> {
  const names = await namesIn(directory);
  const passages: Passage[] = [];
  for (const name of names) {
    passages.push(...sectionsOf(name.slice(0, -'.md'.length), textOf(path.join(directory, name))));
  }
  if (passages.length === 0) refuse(directory, 'Markdown files with sentences in them', 'none');
  if (passages.length > LIMITS.passages) {
    refuse(directory, `at most ${LIMITS.passages} sections`, String(passages.length));
  }
  return passages;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).filter(name => name.endsWith('.md')).sort();
  } catch (cause) {
    throw new TemperError('CONFIG_INVALID', {
      where: 'TEMPER_POLICIES',
      expected: 'a directory of Markdown files',
      got: directory,
      cause,
    });
  }
}

function textOf(file: string): string {
  try {
    return readBounded(file, LIMITS.document_bytes).toString('utf8');
  } catch (cause) {
    return refuse(file, `a file of at most ${LIMITS.document_bytes} bytes`, undefined, cause);
  }
}

function refuse(where: string, expected: string, got?: string, cause?: unknown): never {
  throw new TemperError('CONFIG_INVALID', {
    where: `TEMPER_POLICIES: ${where}`,
    expected,
    ...(got === undefined ? { cause } : { got }),
  });
}

/**
 * The sections of a document, in its language, each between two headings, named by the document and the headings above it:
 * `policy:returns#refunds`. What stands before the first heading is the section of the document itself. Sections
 * without a sentence are left out.
 */
export function sectionsOf(name: string, markdown: string): Passage[] {
  const seen = new Map<string, number>();
  const found: Passage[] = [];
  const text = withoutFrontMatter(markdown);
  // Of the whole, since a section may be a line.
  const language = languageOf(text);
  let headings: string[] = [];
  let lines: string[] = [];
  const close = () => {
    const sentences = sentencesOf(lines.join('\n'));
    lines = [];
    if (sentences.length === 0) return;
    const slug = headings.slice(1).map(slugOf).filter(Boolean).join('/');
    const again = seen.get(slug) ?? 0;
    seen.set(slug, again + 1);
    const id = `policy:${name}${slug === '' ? '' : `#${slug}`}${again === 0 ? '' : `-${again + 1}`}`;
    const title = headings.filter(Boolean).join(' › ') || name;
    found.push({ id, kind: 'policy', title, language, sentences });
  };
  for (const line of text.split('\n')) {
    const [, level, heading] = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line) ?? [];
    if (level === undefined) lines.push(plain(line));
    else {
      close();
      headings = [...headings.slice(0, level.length - 1), plain(heading!)];
    }
  }
  close();
  return found;
}

function withoutFrontMatter(markdown: string): string {
  return markdown.replace(/^---\r?\n[\s\S]*?\r?\n---\r?\n/, '').replace(/<!--[\s\S]*?-->/g, '');
}

/** A line without its marks: of lists, quotes, emphasis, code, and links, of which the text stays. */
function plain(line: string): string {
  return line
    .replace(/^\s*(?:[-*+>]|\d+[.)])\s+/, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/(\*\*|__|`)/g, '')
    .trim();
}

function slugOf(heading: string | undefined): string {
  return (heading ?? '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
}
