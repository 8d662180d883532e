import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../schemas/limits.ts';

const root = path.resolve(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/security.md'), 'utf8');
/** What refuses nothing, and what nothing goes beyond in the time that a test may take. */
const UNTRIED: readonly (keyof typeof LIMITS)[] = [
  // How much is done at once; the rest is done next. Tests ask for less at once.
  ...(['delta_bytes', 'import_chunk_bytes', 'import_rows_per_step', 'import_users_at_once'] as const),
  // The newest, or the weightiest, of so many that a test does not make them.
  ...(['searches_learned_from', 'synonyms_kept', 'suggestions_kept', 'journey_events', 'explained_events'] as const),
  // Beyond them something is slower, or found by words alone, and nothing else is different.
  ...(['live_keys', 'names_held', 'query_vector_ms', 'query_vectors_kept', 'query_vectors_waiting'] as const),
  'console_query_seconds', // ClickHouse's own
];
const threats = page
  .slice(page.indexOf('\n## Threats'), page.indexOf('\n## Limits'))
  .split('\n### ')
  .slice(1)
  .map(text => ({ name: text.split('\n')[0]!, text }));

describe('docs/security.md', () => {
  it('has the threats', () => {
    expect(threats.length).toBeGreaterThanOrEqual(12);
  });

  it.each(threats)('$name: who, what holds, what does not, and tests that are there', ({ text }) => {
    for (const part of ['**Who.**', '**What holds.**', '**What does not.**', '**Tests.**'])
      expect(text).toContain(part);
    const tests = [...text.slice(text.indexOf('**Tests.**')).matchAll(/`(test\/[\w./-]+)`/g)].map(match => match[1]!);
    expect(tests.length).toBeGreaterThan(0);
    for (const file of tests) expect(existsSync(path.join(root, file)), file).toBe(true);
    expect(tests.some(file => file.endsWith('.test.ts'))).toBe(true);
  });

  it('names all limits, and no others', () => {
    const limits = page.slice(page.indexOf('\n## Limits'), page.indexOf('\n## Libraries'));
    const named = [...limits.matchAll(/`([a-z][a-z0-9_]*)`/g)].map(match => match[1]!);
    expect(named).toEqual(expect.arrayContaining(['id_chars', 'passages']));
    expect([...new Set(named)].sort()).toEqual(Object.keys(LIMITS).sort());
  });

  it('has for each limit a test that names it, but for those that are named here', () => {
    const files = readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' });
    const text = files
      .filter(file => file.endsWith('.ts'))
      .map(file => readFileSync(path.join(root, 'test', file), 'utf8'))
      .join('\n');
    const table = readFileSync(path.join(root, 'test/streams/limits.test.ts'), 'utf8');
    const isTried = (name: string) => new RegExp(`LIMITS\\.${name}\\b`).test(text) || table.includes(`'${name}',`);
    const untried = Object.keys(LIMITS).filter(name => !isTried(name));
    expect(untried.sort()).toEqual([...UNTRIED].sort());
  });
});
