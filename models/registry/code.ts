import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.join(import.meta.dirname, '..', '..');
/** What decides how a model is trained, judged and served. */
const ROOMS = ['activities', 'models', 'schemas', 'streams', 'workflows'];
const SOURCE = /\.(ts|mjs|json)$/;
const HASH_CHARS = 16;

let known: string | undefined;

/**
 * Which code this is: the version, and the beginning of a sha256 over the product's own sources and the versions of what
 * it depends on. A number alone would be the same for many commits, and a commit is not known where it is installed.
 * Read once in a process, as its modules are.
 */
export function codeVersion(): string {
  known ??= codeOf(ROOT);
  return known;
}

/** Of the sources below another directory; they count by name and content, in the order of their names. */
export function codeOf(root: string): string {
  const { version, dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const hash = createHash('sha256').update(JSON.stringify(dependencies ?? {}));
  for (const name of ROOMS.flatMap(room => sourcesIn(root, room)).sort()) {
    const bytes = readFileSync(path.join(root, name));
    hash.update(`\n${name} ${bytes.length}\n`).update(bytes);
  }
  return `${version}+${hash.digest('hex').slice(0, HASH_CHARS)}`;
}

function sourcesIn(root: string, room: string): string[] {
  return readdirSync(path.join(root, room), { recursive: true, encoding: 'utf8' })
    .filter(name => SOURCE.test(name))
    .map(name => `${room}/${name.split(path.sep).join('/')}`);
}
