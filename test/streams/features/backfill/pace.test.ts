import { expect, it } from 'vitest';
import { Pace, SHARE } from '../../../../streams/features/backfill/pace.ts';

/** A clock that only work and rests move on. */
function begin(isLate: (now_ms: number) => boolean, isQuiet: (now_ms: number) => boolean = () => false) {
  let [now_ms, worked_ms, rests] = [0, 0, 0];
  const pace = new Pace(() => isLate(now_ms), {
    now_ms: () => now_ms,
    isQuiet: () => isQuiet(now_ms),
    pause: async ms => {
      now_ms += ms;
      rests++;
    },
  });
  /** Pieces of work until a time; what share of it they took. */
  const workUntil = async (end_ms: number, piece_ms: number): Promise<number> => {
    const [from_ms, before_ms] = [now_ms, worked_ms];
    while (now_ms < end_ms) {
      now_ms += piece_ms;
      worked_ms += piece_ms;
      await pace.rest();
    }
    return (worked_ms - before_ms) / (now_ms - from_ms);
  };
  return { workUntil, rests: () => rests };
}

it('works for its share of the time, whether its pieces are short or long', async () => {
  expect(await begin(() => false).workUntil(60_000, 30)).toBeCloseTo(SHARE.most, 2);
  expect(await begin(() => false).workUntil(60_000, 400)).toBeCloseTo(SHARE.most, 2);
  const short = begin(() => false);
  expect(await short.workUntil(60_000, 3)).toBeCloseTo(SHARE.most, 2);
  expect(short.rests()).toBeLessThan(60_000 / 20); // and no timer for each of them
});

it('gives way within seconds while lists are late, never wholly, and comes back by small steps', async () => {
  const { workUntil } = begin(now_ms => now_ms > 10_000 && now_ms < 40_000);
  expect(await workUntil(10_000, 30)).toBeCloseTo(SHARE.most, 2);
  await workUntil(16_000, 30);
  const late = await workUntil(39_000, 30);
  expect(late).toBeGreaterThan(SHARE.least / 2);
  expect(late).toBeLessThan(2 * SHARE.least);
  const after = await workUntil(45_000, 30);
  expect(after).toBeGreaterThan(late);
  expect(after).toBeLessThan(SHARE.most / 2);
  await workUntil(90_000, 30);
  expect(await workUntil(120_000, 30)).toBeCloseTo(SHARE.most, 2);
});

it('works for half of the time while nobody asks for a list, and for its share as soon as somebody does', async () => {
  const { workUntil } = begin(
    () => false,
    now_ms => now_ms < 20_000,
  );
  expect(await workUntil(19_900, 30)).toBeCloseTo(SHARE.quiet, 2);
  await workUntil(20_100, 30);
  expect(await workUntil(60_000, 30)).toBeCloseTo(SHARE.most, 2);
});

it('rests for some seconds at most, so that an end that is asked for comes soon', async () => {
  const { workUntil, rests } = begin(() => true);
  await workUntil(100_000, 10_000);
  expect(rests()).toBeGreaterThanOrEqual(6); // ten seconds of waiting for ClickHouse, and five of rest
});

it('counts what it is told of as work, and nothing else that passed meanwhile', async () => {
  let [now_ms, rested_ms] = [0, 0];
  const pace = new Pace(() => false, {
    ...{ piece_ms: 5, most: 1 / 2, now_ms: () => now_ms },
    pause: async ms => {
      rested_ms += ms;
    },
  });
  for (let n = 0; n < 10; n++) {
    now_ms += 1_000; // for an answer of the broker
    await pace.rest(4);
  }
  expect(rested_ms).toBe(40);
  now_ms += 6;
  await pace.rest();
  expect(rested_ms).toBe(46);
});
