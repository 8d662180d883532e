import { Refused } from '../refused.ts';
import { type Entry, understood } from './entries.ts';
import { ENTRY_CHARS, readLines, readText } from './lines.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** JSON objects, one a line or as the elements of one array; both are read as a stream. */
export async function* readJson(file: string): AsyncGenerator<Entry<JsonObject>> {
  yield* understood((await beginsWithArray(file)) ? readElements(file) : readLines(file), parseObject);
}

function parseObject(text: string): JsonObject {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Refused(cause instanceof Error ? cause.message : String(cause));
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new Refused('expected a JSON object');
  return json as JsonObject;
}

async function beginsWithArray(file: string): Promise<boolean> {
  for await (const text of readText(file)) {
    const first = text.trimStart()[0];
    if (first !== undefined) return first === '[';
  }
  return false;
}

/**
 * The top-level objects of an array, found by counting braces outside strings. After one that does not close,
 * nothing behind it can be told apart any more: it is reported, and the reading ends.
 */
async function* readElements(file: string): AsyncGenerator<Entry<string>> {
  let [line, depth, begun] = [1, 0, 1];
  let [inString, escaped] = [false, false];
  let element = '';
  for await (const text of readText(file)) {
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const char = text[at]!;
      if (char === '\n') line += 1;
      if (escaped) escaped = false;
      else if (inString && char === '\\') escaped = true;
      else if (char === '"') inString = !inString;
      else if (!inString && char === '{') {
        if (depth === 0) [from, begun] = [at, line];
        depth += 1;
      } else if (!inString && char === '}' && depth > 0) {
        depth -= 1;
        if (depth > 0) continue;
        const value = element + text.slice(from, at + 1);
        element = '';
        yield { ok: true, line: begun, value, raw: value };
      }
    }
    if (depth > 0) element += text.slice(from);
    if (element.length > ENTRY_CHARS) break;
  }
  if (depth > 0)
    yield { ok: false, line: begun, raw: element, reason: 'the object does not close; what follows is not read' };
}
