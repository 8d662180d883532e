import { expect, it } from 'vitest';
import { rateOf, spentBy } from './cases/serving/open-loop.ts';

const LOOKS = [
  { at_ms: 1_000, cpu_ms: 50 },
  { at_ms: 1_100, cpu_ms: 90 },
  { at_ms: 3_100, cpu_ms: 1_090 },
  { at_ms: 3_100, cpu_ms: 1_090 },
];

it('what a process had of a processor is known between looks that came late, and no further', () => {
  expect([900, 1_000, 1_050, 2_100, 3_100, 3_200].map(at_ms => spentBy(LOOKS, at_ms))).toEqual([
    ...[50, 50, 70, 590, 1_090, 1_090],
  ]);
});

it('a rate counts lists that were not degraded, also where nobody looked meanwhile', () => {
  const list = (at_ms: number, arm: string) => ({ at_ms, id: 'l', arm, queue_ms: 1 });
  const lists = [list(1_100, 'champion'), list(1_600, 'fallback'), list(2_100, 'champion')];
  const load = { asked: 3, from_ms: 1_000, to_ms: 2_100, lists, cpu: LOOKS };
  expect(rateOf(lists, load)).toEqual({ per_s: 2, per_cpu_s: 4 });
});
