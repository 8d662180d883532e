import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { JOBS } from '../../../streams/graph.ts';
import { FEATURES, READERS } from '../../../streams/offsets/readers.ts';

const streams = path.resolve(import.meta.dirname, '../../../streams');

/** The groups that jobs name in their sources. */
function namedGroups(): string[] {
  const files = readdirSync(streams, { recursive: true, encoding: 'utf8' });
  const sources = files.filter(file => file.endsWith('.ts') && !file.startsWith('offsets'));
  return sources.flatMap(file => {
    const text = readFileSync(path.join(streams, file), 'utf8');
    return [...text.matchAll(/(?:group: |GROUP = )'(temper\.[a-z.]+)'/g)].map(match => match[1]!);
  });
}

it('whoever keeps a place has a way out of OFFSET_LOST', () => {
  const named = namedGroups();
  expect(named.length).toBeGreaterThan(5);
  expect([...READERS.map(({ group }) => group), FEATURES.group].sort()).toEqual(named.sort());
});

it('and in all that its job reads', () => {
  for (const job of new Set(READERS.map(reader => reader.job))) {
    const told = READERS.filter(reader => reader.job === job).flatMap(({ topics }) => topics);
    expect([...told, ...(job === 'features' ? [FEATURES.topic] : [])].sort(), job).toEqual([...JOBS[job].reads].sort());
  }
});
