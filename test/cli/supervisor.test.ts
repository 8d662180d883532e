import { expect, it } from 'vitest';
import { lastWordsOf } from '../../cli/stack/supervisor.ts';

it('a job that crashed is told by what it said, not by the end of its stack', () => {
  const stack = '    at take (job.ts:132:23)\n    at process.processTicksAndRejections (node:internal/process:95:5)\n';
  expect(lastWordsOf(`outcomes: started\noutcomes: ReferenceError: a name is not defined\n${stack}`)).toBe(
    'outcomes: ReferenceError: a name is not defined',
  );
  expect(lastWordsOf('features: the reason\n')).toBe('features: the reason');
  expect(lastWordsOf('')).toBe('');
});
