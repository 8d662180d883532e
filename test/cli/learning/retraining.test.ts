import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { outcomeOf, untilFirst } from '../../../cli/learning/retraining.ts';
import type { Check } from '../../../schemas/models/models.ts';
import type { RetrainResult } from '../../../workflows/clients/client.ts';

it('a signal that many listen to warns nobody, leaves nothing behind, and is aborted with the first that it follows', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on('warning', note);
  try {
    const [stopping, over] = [new AbortController(), new AbortController()];
    const until = untilFirst(stopping.signal, over.signal);
    let heard = 0;
    for (let call = 0; call < 20; call++) until.addEventListener('abort', () => heard++);
    await sleep(1); // warnings come with the next tick
    expect(warnings).toEqual([]);
    expect(getEventListeners(stopping.signal, 'abort')).toEqual([]);
    over.abort();
    expect(heard).toBe(20);
  } finally {
    process.off('warning', note);
  }
});

const check = (name: string, about: Partial<Check> = {}): Check => ({
  name,
  passed: false,
  value: null,
  threshold: null,
  low: null,
  high: null,
  mode: 'refuse',
  reason: 'too little',
  ...about,
});
const ended = (about: Partial<RetrainResult>, checks: Check[] = []): string => {
  const verdict = { passed: checks.length === 0, checks };
  return outcomeOf({
    promoted: false,
    model: 'home-1',
    champion: 'home-0',
    verdict,
    snapshot: {},
    ...about,
  } as RetrainResult);
};

it('a retraining that is over says what came of it, and why', () => {
  expect(ended({ promoted: true })).toBe('promoted home-1');
  const checks = [
    check('enough_lists'),
    check('size', { passed: true }),
    check('latency', { mode: 'report' }),
    check('finite_scores'),
  ];
  expect(ended({ model: null }, checks)).toBe('not promoted: refused by enough_lists, finite_scores');
  const trial = { outcome: 'stopped', reason: 'empty lists (anna)' } as RetrainResult['trial'] & object;
  expect(ended({ trial })).toBe('not promoted: empty lists (anna)');
  const approval = { approved: false, by: 'anna', reason: 'too much of one brand' };
  expect(ended({ approval })).toBe('not promoted: too much of one brand');
});
