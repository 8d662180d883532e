import { expect, test } from 'vitest';
import { chance, named } from './draws.ts';
import { asList } from './lists.ts';
import { clickRate } from './rates.ts';
import { Tally } from './tally.ts';

/** Users whose own click rates differ, each with several lists of ten. */
function simulate(
  tally: Tally,
  seed: string,
  { users, rate, spread }: { users: number; rate: number; spread: number },
) {
  const random = named(1, seed);
  for (let n = 0; n < users; n++) {
    const own = rate + spread * (random.uniform() - 0.5);
    const list = asList([], { user: `u${n}` });
    for (let shown = 0; shown < 50; shown++) {
      tally.acted(tally.phase, list, { type: 'impression' });
      if (chance(own, random)) tally.acted(tally.phase, list, { type: 'click' });
    }
  }
}

test('the interval covers the true rate about as often as it says, although users differ', () => {
  let covered = 0;
  for (let trial = 0; trial < 100; trial++) {
    const tally = new Tally();
    simulate(tally, `trial ${trial}`, { users: 60, rate: 0.1, spread: 0.18 });
    const { low, high } = clickRate(tally);
    if (low <= 0.1 && 0.1 <= high) covered += 1;
  }
  expect(covered).toBeGreaterThanOrEqual(88);
});

test('phases, arms and models are counted apart', () => {
  const tally = new Tally('before');
  tally.acted(tally.phase, asList([], { user: 'a' }, { arm: 'control' }), { type: 'impression' });
  tally.acted(tally.phase, asList([], { user: 'a' }, { model: 'm1' }), { type: 'impression' });
  tally.enter('after');
  tally.acted(tally.phase, asList([], { user: 'a' }, { model: 'm2' }), { type: 'impression' });
  tally.acted(tally.phase, asList([], { user: 'a' }, { model: 'm2' }), { type: 'click' });
  expect(clickRate(tally).impressions).toBe(3);
  expect(clickRate(tally, { phase: 'before' }).impressions).toBe(2);
  expect(clickRate(tally, { arm: 'control' }).impressions).toBe(1);
  expect(clickRate(tally, { arm: 'champion', model: 'm2' })).toMatchObject({ rate: 1, impressions: 1, clicks: 1 });
  expect(tally.snapshot('after')).toMatchObject({ impressions: 1, clicks: 1 });
});

test('without clicks the upper end is three over the impressions, without impressions it is one', () => {
  const tally = new Tally();
  expect(clickRate(tally)).toMatchObject({ rate: 0, low: 0, high: 1 });
  for (let n = 0; n < 30; n++) tally.acted('open', asList([], { user: `u${n}` }), { type: 'impression' });
  expect(clickRate(tally)).toMatchObject({ rate: 0, low: 0, high: 0.1 });
});
