import { expect, it } from 'vitest';
import type { TrialNow } from '../../../../console/api.ts';
import { offersOf } from '../../../../console/web/parts/offers.ts';

const trial = (more: Partial<TrialNow>) => ({ model: 'home-b', champion: 'home-a', paused: null, ...more }) as TrialNow;

it('each decision is about the model that the page shows', () => {
  expect(offersOf({ awaits: { model: 'home-b' }, trial: null, champion: 'home-a' })).toEqual([
    { verb: 'approve', model: 'home-b' },
    { verb: 'reject', model: 'home-b' },
    { verb: 'rollback', model: 'home-a' },
  ]);
  expect(offersOf({ awaits: null, trial: trial({}), champion: 'home-a' })).toEqual([
    { verb: 'pause', model: 'home-b' },
    { verb: 'rollback', model: 'home-b' },
  ]);
  const paused = trial({ paused: { by: 'anna', reason: 'a look' } });
  expect(offersOf({ awaits: null, trial: paused, champion: 'home-a' })[0]).toEqual({ verb: 'resume', model: 'home-b' });
});

it('nothing is decided about a model whose name is not known yet', () => {
  expect(offersOf({ awaits: { model: null }, trial: trial({ model: '' }), champion: 'home-a' })).toEqual([]);
  expect(offersOf({ awaits: null, trial: null, champion: null })).toEqual([]);
});
