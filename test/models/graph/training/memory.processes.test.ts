import path from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';

const PROCESS = path.join(import.meta.dirname, 'memory-process.ts');
/** 2,000 steps that each kept their batch would take 130 MB. */
const GROWTH_MB = 15;

it.each([1, 8])('memory is flat while training, at %i steps a run', { timeout: 60_000 }, async stepsPerRun => {
  const { stdout } = await execa(process.execPath, ['--import', 'tsx', PROCESS, String(stepsPerRun)]);
  const seen = JSON.parse(stdout) as number[];
  const growth_mb = (Math.max(...seen.slice(2)) - seen[1]!) / 1e6;
  expect(growth_mb, `bytes after each thousand steps: ${seen.join(', ')}`).toBeLessThan(GROWTH_MB);
});
