import { expect, it } from 'vitest';
import { LIMITS } from '../../schemas/limits.ts';
import { astray } from './cases/serving/room.ts';

const list = (arm: 'champion' | 'fallback' | 'control', model: string, queue = 3) => {
  return { arm, model, spent_ms: { queue, candidates: 1, features: 1, score: 1 } };
};

it('a list is astray that was in time and is not by the champion; one that was late goes without it by right', () => {
  const failed = list('fallback', 'popularity');
  const bad = list('champion', 'bad');
  const right = [
    list('champion', 'good'),
    list('control', 'popularity'),
    list('fallback', 'popularity', LIMITS.request_patience_ms + 1),
  ];
  expect(astray([failed, bad, ...right], model => model === 'good')).toEqual([failed, bad]);
  expect(astray([failed, bad, ...right])).toEqual([failed]);
});
