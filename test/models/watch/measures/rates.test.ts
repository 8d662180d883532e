import { describe, expect, it, test } from 'vitest';
import {
  type Change,
  changeOf,
  epochAt,
  leadOf,
  logRate,
  type Traffic,
} from '../../../../models/watch/measures/rates.ts';
import { DEFAULT_WATCH } from '../../../../schemas/policies/watch-policy.ts';
import { momentsOf, Shop } from '../../../sim/watched.ts';

const { least } = DEFAULT_WATCH;
const ALPHA = 0.05;

/** Looks after every so many lists at what has changed since the first ones, until it is known, or nothing more comes. */
function follow(
  seed: number,
  after: Parameters<Shop['serve']>[1],
  { before = 5_000, lists = 12_000, every = 300, hasControls = true } = {},
): { change: Change | null; isFound: boolean; isOut: boolean; lists: number } {
  const shop = new Shop(seed, 800);
  shop.serve(before);
  shop.turn();
  let scale: number | null = null;
  let change: ReturnType<typeof changeOf> = null;
  let isOut = false;
  for (let served = every; served <= lists; served += every) {
    shop.serve(every, after);
    change = changeOf(visible(shop.traffic, hasControls), { alpha: ALPHA, scale, least });
    scale = change?.scale ?? null;
    isOut ||= change !== null && (change.low > 0 || change.high < 0);
    if (change && change.high < Math.log1p(-0.05)) return { change, isFound: true, isOut, lists: served };
  }
  return { change, isFound: false, isOut, lists };
}

/** Without controls there are the champion's own lists alone. */
const visible = (traffic: Traffic, hasControls: boolean): Traffic =>
  hasControls ? traffic : { ...traffic, present: traffic.present.map((users, group) => (group % 3 === 0 ? users : 0)) };
const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed + 1);

describe('a click rate that is looked at again and again', () => {
  it('is not found to have changed more often than the level where it has not, also with the season', () => {
    const runs = seeds(40).map(seed => follow(seed, { season: seed % 2 === 0 ? 1 : 0.7 }));
    expect(runs.filter(({ isOut }) => isOut).length / runs.length).toBeLessThanOrEqual(ALPHA);
    expect(runs.every(({ change }) => change?.beside === 'control')).toBe(true);
  });

  it.each([
    [0.5, 3_000],
    [0.7, 20_000],
  ])('is found to have fallen to %d of what it was within %i lists', (left, lists) => {
    const runs = seeds(8).map(seed => follow(seed, { lift: 1.5 * left }, { before: 10_000, lists, every: 500 }));
    for (const { change, isFound } of runs) {
      expect(isFound).toBe(true);
      expect(Math.exp(change!.value)).toBeLessThan(left + 0.2);
    }
  });

  it('can not be told from the season where nobody serves beside it, and says so', () => {
    const { change, isFound } = follow(3, { season: 0.6 }, { hasControls: false });
    expect(isFound).toBe(true);
    expect(change!.beside).toBeNull();
  });

  it('is known to be above popularity where it is', () => {
    const shop = new Shop(5, 800);
    shop.turn();
    shop.serve(8_000);
    const lead = leadOf(shop.traffic, 'control', { alpha: ALPHA, scale: null, least })!;
    expect(lead.low).toBeGreaterThan(0);
    expect(lead.low).toBeLessThan(Math.log(1.5));
    expect(lead.high).toBeGreaterThan(Math.log(1.5));
  });

  it('is nothing of few lists, few users, or few clicks', () => {
    const shop = new Shop(5, 800);
    shop.serve(5_000);
    const asked = { alpha: ALPHA, scale: null, least };
    expect(changeOf(shop.traffic, asked)).toBeNull();
    shop.turn();
    shop.serve(5_000);
    expect(changeOf(shop.traffic, { ...asked, least: { lists: 200, users: 10_000 } })).toBeNull();
    expect(changeOf(shop.traffic, asked)).not.toBeNull();
  });
});

test('the logarithm of a rate has the relative error of the rate', () => {
  const moments = momentsOf(Array.from({ length: 100 }, (_, user) => [10, user % 2 === 0 ? 4 : 6] as const));
  expect(logRate(moments).value).toBeCloseTo(Math.log(0.5), 12);
  expect(Math.sqrt(logRate(moments).variance)).toBeCloseTo(0.1 / Math.sqrt(99) / 0.5, 12);
  expect(logRate(momentsOf([])).variance).toBe(Number.POSITIVE_INFINITY);
});

test('all epochs of a life together have the level', () => {
  const epochs = Array.from({ length: 1_000 }, (_, n) => epochAt(500 + 100 * n + 99, 500, 100, ALPHA));
  expect(epochs[0]).toMatchObject({ number: 1, since_ms: 500 });
  expect(epochs[1]).toMatchObject({ number: 2, since_ms: 600 });
  const spent = epochs.reduce((sum, { alpha }) => sum + alpha, 0);
  expect(spent).toBeLessThan(ALPHA);
  expect(spent).toBeGreaterThan(0.99 * ALPHA);
});
