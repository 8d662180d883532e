import { createReadStream } from 'node:fs';
import { TemperError } from '../../../schemas/errors.ts';
import type { Entry } from './entries.ts';

/** No entry of any format is longer; a file without line breaks must not fill the memory. */
export const ENTRY_CHARS = 1024 * 1024;

/** A file's lines without the empty ones, read as a stream: a file may be larger than the memory. */
export async function* readLines(file: string): AsyncGenerator<Entry<string>> {
  let line = 1;
  let rest = '';
  let overlong = false;
  for await (const text of readText(file)) {
    const parts = text.split('\n');
    for (const [index, part] of parts.entries()) {
      if (!overlong) rest += part;
      if (rest.length > ENTRY_CHARS) {
        yield { ok: false, line, raw: rest, reason: `expected at most ${ENTRY_CHARS} characters in a line` };
        overlong = true;
        rest = '';
      }
      if (index === parts.length - 1) break;
      if (rest.trim() !== '') yield { ok: true, line, raw: rest, value: rest.trim() };
      rest = '';
      overlong = false;
      line += 1;
    }
  }
  if (rest.trim() !== '') yield { ok: true, line, raw: rest, value: rest.trim() };
}

/** A file as text, in pieces. What cannot be read is said in a sentence, with the file's name. */
export async function* readText(file: string): AsyncGenerator<string> {
  let first = true;
  try {
    for await (const piece of createReadStream(file, { encoding: 'utf8', highWaterMark: 256 * 1024 })) {
      const text = String(piece);
      yield first && text.startsWith('\uFEFF') ? text.slice(1) : text;
      first = false;
    }
  } catch (cause) {
    throw new TemperError('INPUT_INVALID', {
      expected: 'a file that can be read',
      where: file,
      next: 'Check the path and its permissions',
      cause,
    });
  }
}
