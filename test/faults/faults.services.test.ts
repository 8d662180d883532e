import { afterAll, beforeAll, expect, it } from 'vitest';
import { FAULTS } from './cases/all.ts';
import { type Stack, startStack } from './stack.ts';
import { runFault } from './suite.ts';

/** Those that are told in a minute; `npm run faults` has them all, and these at length. Poison is in test/streams/. */
const SHORT = FAULTS.filter(({ number }) => [1, 7].includes(number));
/** Jobs that get little of the processor join their groups slowly. */
const WITHIN_MS = 400_000;
const seed = Date.now() % 1_000_000;
const stopping = new AbortController();
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ progress: () => {}, signal: stopping.signal });
});
afterAll(async () => {
  stopping.abort();
  await stack?.stop();
});

it.each(SHORT)(
  'case $number, $name',
  async fault => {
    const told: string[] = [];
    const progress = (line: string) => void told.push(line);
    const { broken, passed } = await runFault(fault, stack, { seed, brief: true, progress, signal: stopping.signal });
    expect(broken, `npm run faults -- --case ${fault.number} --seed ${seed}; ${told.join(', ')}`).toEqual([]);
    expect(passed).toBe(true);
  },
  WITHIN_MS,
);
