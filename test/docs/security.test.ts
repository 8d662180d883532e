import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../schemas/limits.ts';

const root = path.resolve(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/security.md'), 'utf8');
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
});
