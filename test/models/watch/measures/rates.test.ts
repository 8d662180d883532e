import { describe, expect, it, test } from 'vitest';
import {
  type Change,
  changeOf,
  epochAt,
  leadOf,
  logRate,
  type Traffic,
} from '../../../../models/watch/measures/rates.ts';
import { DEFAULT_WATCH } from '../../../../schemas/watch-policy.ts';
import { momentsOf, Shop } from '../../../sim/watched.ts';

const { least } = DEFAULT_WATCH;
const ALPHA = 0.05;

/** Looks after every so many lists at what has changed since the first ones, until it is known, or nothing more comes. */
function follow(
  seed: number,
  after: Parameters<Shop['serve']>[1],
  { lists = 12_000, every = 300, hasControls = true } = {},
): { change: Change | null; isFound: boolean; isOut: boolean; lists: number } {
  const shop = new Shop(seed, 800);
  shop.serve(5_000);
  const before = visible(shop.traffic, hasControls);
  shop.anew();
  let scale: number | null = null;
  let change: ReturnType<typeof changeOf> = null;
  let isOut = false;
  for (let served = every; served <= lists; served += every) {
    shop.serve(every, after);
    change = changeOf(before, visible(shop.traffic, hasControls), { alpha: ALPHA, scale, least });
    scale = change?.scale ?? null;
    isOut ||= change !== null && (change.low > 0 || change.high < 0);
    if (change && change.high < Math.log1p(-0.05)) return { change, isFound: true, isOut, lists: served };
  }
  return { change, isFound: false, isOut, lists };
}

const NOTHING = momentsOf([]);
const visible = (traffic: Traffic, hasControls: boolean): Traffic =>
  hasControls ? traffic : { ...traffic, control: NOTHING, random: NOTHING };
const seeds = (count: number) => Array.from({ length: count }, (_, seed) => seed + 1);

describe('a click rate that is looked at again and again', () => {
  it('is not found to have changed more often than the level where it has not, also with the season', () => {
    const runs = seeds(40).map(seed => follow(seed, { season: seed % 2 === 0 ? 1 : 0.7 }));
    expect(runs.filter(({ isOut }) => isOut).length / runs.length).toBeLessThanOrEqual(ALPHA);
    expect(runs.every(({ change }) => change?.beside === 'control')).toBe(true);
  });

  it('is found to have fallen where it has lost half', () => {
    const runs = seeds(10).map(seed => follow(seed, { lift: 0.75 }));
    expect(runs.filter(({ isFound }) => isFound).length).toBe(10);
    for (const { change } of runs.filter(({ isFound }) => isFound)) expect(Math.exp(change!.value)).toBeLessThan(0.7);
  });

  it('can not be told from the season where nobody serves beside it, and says so', () => {
    const { change, isFound } = follow(3, { season: 0.6 }, { hasControls: false });
    expect(isFound).toBe(true);
    expect(change!.beside).toBeNull();
  });

  it('is known to be above popularity where it is', () => {
    const shop = new Shop(5, 800);
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
    expect(changeOf(shop.traffic, { ...shop.traffic, own: NOTHING }, asked)).toBeNull();
    expect(changeOf(shop.traffic, shop.traffic, { ...asked, least: { lists: 200, users: 10_000 } })).toBeNull();
    expect(changeOf(shop.traffic, shop.traffic, asked)).toMatchObject({ value: 0 });
  });
});

test('the logarithm of a rate has the relative error of the rate', () => {
  const moments = momentsOf(Array.from({ length: 100 }, (_, user) => [10, user % 2 === 0 ? 4 : 6] as const));
  expect(logRate(moments).value).toBeCloseTo(Math.log(0.5), 12);
  expect(Math.sqrt(logRate(moments).variance)).toBeCloseTo(0.1 / Math.sqrt(99) / 0.5, 12);
  expect(logRate(NOTHING).variance).toBe(Number.POSITIVE_INFINITY);
});

test('all epochs of a life together have the level', () => {
  const epochs = Array.from({ length: 1_000 }, (_, n) => epochAt(500 + 100 * n + 99, 500, 100, ALPHA));
  expect(epochs[0]).toMatchObject({ number: 1, since_ms: 500 });
  expect(epochs[1]).toMatchObject({ number: 2, since_ms: 600 });
  const spent = epochs.reduce((sum, { alpha }) => sum + alpha, 0);
  expect(spent).toBeLessThan(ALPHA);
  expect(spent).toBeGreaterThan(0.99 * ALPHA);
});
