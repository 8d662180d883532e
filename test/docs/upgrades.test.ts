import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { JOBS, type TopicName } from '../../streams/graph.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../docs/operations.md'), 'utf8');
const section = page.slice(page.indexOf('\n## Upgrades'), page.indexOf('\n## Metrics'));
const steps = [...section.matchAll(/^\d+\. (.+)$/gm)].map(match => match[1]!);
const stepOf = (job: string) => steps.findIndex(step => step.includes(`\`${job}\``));

it('an upgrade has a step for each job, and whoever reads what scorers write comes before them', () => {
  const jobs = Object.entries(JOBS);
  expect(jobs.filter(([job]) => stepOf(job) < 0).map(([job]) => job)).toEqual([]);
  const written: readonly TopicName[] = JOBS.scorer.writes;
  const readers = jobs.filter(([, { reads, follows }]) =>
    [...reads, ...follows].some(topic => written.includes(topic)),
  );
  const names = readers.map(([job]) => job).filter(job => job !== 'scorer');
  expect(names).toEqual(expect.arrayContaining(['outcomes', 'sinks', 'support']));
  expect(names.filter(job => stepOf(job) >= stepOf('scorer'))).toEqual([]);
});
