import { describe, expect, it } from 'vitest';
import { paired, worthOf } from '../../../bench/robustness/paired.ts';
import { measureNeighbours } from '../../../bench/robustness/sequence/neighbours.ts';
import { FAKE } from '../../../bench/robustness/shop/fake-visits.ts';
import { fraudIn, partsOf, realLog } from '../../../bench/robustness/shop/log.ts';
import { random } from '../../../models/random.ts';
import { createWorld } from '../../sim/world.ts';

describe('paired figures', () => {
  it('are means over moments, and a difference that is surer than either', () => {
    const draws = random(1);
    const ease = Float64Array.from({ length: 300 }, () => draws.uniform());
    const users = Int32Array.from(ease.keys(), at => at % 100);
    const plain = { gains: ease, users };
    const hardened = { gains: ease.map(each => each + 0.01), users };
    const { plain: a, hardened: b, gain } = paired([{ plain, hardened }]);
    expect(a.value).toBeCloseTo(ease.reduce((sum, each) => sum + each, 0) / 300, 10);
    expect(b.value - a.value).toBeCloseTo(0.01, 10);
    expect(gain.low).toBeCloseTo(0.01, 10);
    expect(a.high - a.low).toBeGreaterThan(0.05);
  });

  it('of ranks are discounted, and nothing from the tenth on', () => {
    expect([...worthOf(Float32Array.of(0, 2, 10, Number.POSITIVE_INFINITY)).gains]).toEqual([1, 0.5, 0, 0]);
  });
});

it('neighbours lose to a farm what users in lockstep are left out for', async () => {
  const draws = random(5);
  const sequences = Array.from({ length: 1_500 }, () => {
    const first = 2 * draws.below(150);
    return Int32Array.of(first, draws.below(300), draws.below(300), first + 1);
  });
  const moments = {
    histories: sequences.map(each => each.slice(0, 1)),
    targets: Int32Array.from(sequences, each => each[3]!),
  };
  const names = Array.from({ length: 300 }, (_, item) => String(item));
  const found = await measureNeighbours(
    { names, training: sequences, validation: moments, test: moments },
    { seeds: 1 },
    () => {},
  );
  const { plain, hardened } = found.pushed['log, a farm of 4 %']!;
  expect(plain).toBeGreaterThan(2 * hardened);
  expect(found.attacks['log, a farm of 4 %']!.gain.value).toBeGreaterThan(0);
  expect(Math.abs(found.clean.gain.value)).toBeLessThan(0.02);
}, 60_000);

it('accounts without people change what the jobs make of real lists, and nobody is judged by theirs', () => {
  const log = realLog(createWorld({ seed: 1, items: 60, users: 40 }), { seed: 3, lists: 300 });
  const budget = { accounts: 5, events: 10, items: 6 };
  const honest = partsOf(log);
  const late = fraudIn(log, 'farm', budget, false);
  expect(
    late.every(({ list, events }) => list.user.startsWith(FAKE) && events.some(({ type }) => type === 'click')),
  ).toBe(true);
  const attacked = partsOf(log, late);
  expect(attacked.later.rows).toBe(honest.later.rows);
  expect(attacked.later.clicked).toEqual(honest.later.clicked);
  expect(attacked.later.features).not.toEqual(honest.later.features);
  expect(attacked.train).toEqual(honest.train);
  expect(partsOf(log, fraudIn(log, 'farm', budget, true)).train.rows).toBeGreaterThan(honest.train.rows);
});
