import { describe, expect, it, test } from 'vitest';
import { judgeTrial, TRIAL_POLICY } from '../../../../models/evaluate/sequential/judge.ts';
import {
  confidence,
  deviationsBeyond,
  difference,
  type Moments,
  perList,
} from '../../../../models/evaluate/sequential/sequence.ts';
import { groupOf, nothing, outcomeOf, simulateTrial } from '../../../sim/trials.ts';

/** Users who all have the same lists and, but for their number, the same clicks. */
function even(users: number, lists: number, clicks: number, spread = 0.5): Moments {
  const each = Array.from({ length: users }, (_, n) => clicks + (n % 2 === 0 ? spread : -spread));
  return {
    users,
    lists: users * lists,
    sum: each.reduce((sum, y) => sum + y, 0),
    lists2: users * lists ** 2,
    cross: each.reduce((sum, y) => sum + lists * y, 0),
    sum2: each.reduce((sum, y) => sum + y ** 2, 0),
  };
}

test('the error of a rate is that of users: the same lists by fewer users tell less', () => {
  const own = perList(even(200, 5, 2));
  expect(own.value).toBeCloseTo(0.4, 12);
  expect(own.variance).toBeCloseTo((200 / 199) * (0.25 / 25 / 200), 12); // deviation .5 a user of 5 lists
  expect(perList(even(50, 20, 8, 2)).variance).toBeGreaterThan(3.9 * own.variance);
  expect(perList(even(1, 5, 2)).variance).toBe(Number.POSITIVE_INFINITY);
});

test('an interval of a sequence is wider than one for a single look, and narrows with data', () => {
  const width = (variance: number) => confidence({ value: 0, variance }, 0.05, 0.1).high;
  expect(width(0.01 ** 2)).toBeGreaterThan(1.96 * 0.01);
  expect(width(0.01 ** 2)).toBeLessThan(4 * 0.01);
  expect(width(0.001 ** 2)).toBeLessThan(width(0.01 ** 2));
  expect(confidence({ value: 1, variance: Number.POSITIVE_INFINITY }, 0.05, 0.1).low).toBe(Number.NEGATIVE_INFINITY);
});

test.each([
  [0.2, 0.8416],
  [0.025, 1.96],
  [0.001, 3.0902],
])('a normal number lies with probability %d beyond %d deviations', (probability, deviations) => {
  expect(Math.abs(deviationsBeyond(probability) - deviations)).toBeLessThan(4.6e-4);
});

describe('looks at every fiftieth list', () => {
  it('find a difference between equals less often than the level, where intervals for one look find it far more often', () => {
    const runs = 100;
    let [always, once] = [0, 0];
    for (let seed = 0; seed < runs; seed++) {
      let [isWrong, isWrongAtOne, scale] = [false, false, 0];
      simulateTrial({
        ...{ seed, users: 400, share: 0.25, lift: 1, lists: 6_000, every: 50 },
        look: ({ champion, challenger }) => {
          if (challenger.clicks.lists < TRIAL_POLICY.least.lists) return false;
          const seen = difference(perList(challenger.clicks), perList(champion.clicks));
          scale ||= Math.sqrt(seen.variance);
          const { low, high } = confidence(seen, 0.05, scale);
          isWrong ||= low > 0 || high < 0;
          isWrongAtOne ||= Math.abs(seen.value) > 1.96 * Math.sqrt(seen.variance);
          return false;
        },
      });
      always += Number(isWrong);
      once += Number(isWrongAtOne);
    }
    expect(always / runs).toBeLessThanOrEqual(0.05);
    expect(once / runs).toBeGreaterThan(0.1);
  });

  it('find no difference in what equals buy, though a twentieth of the users buys little, and dearly now and then', () => {
    const wrong = (least: number) => {
      const policy = { ...TRIAL_POLICY, least: { ...TRIAL_POLICY.least, buyers: least } };
      const trial = {
        users: 2_000,
        share: 0.05,
        lift: 1,
        lists: 12_000,
        every: 100,
        buys: { share: 0.02, spread: 1.2 },
      };
      const ends = Array.from({ length: 40 }, (_, seed) => outcomeOf({ seed, ...trial }, policy));
      return ends.filter(({ decision }) => decision === 'stop').length;
    };
    expect(wrong(TRIAL_POLICY.least.buyers)).toBe(0);
    expect(wrong(1)).toBeGreaterThan(4); // normal errors of a handful of purchases
  });

  it('stop what is much worse early, promote what is much better, and let no worse one pass', () => {
    const outcomes = (lift: number, runs = 20) =>
      Array.from({ length: runs }, (_, seed) =>
        outcomeOf({ seed, users: 1_000, share: 0.25, lift, lists: 12_000, every: 100 }, TRIAL_POLICY),
      );
    const worse = outcomes(0.5);
    expect(worse.every(({ decision }) => decision === 'stop')).toBe(true);
    expect(Math.max(...worse.map(({ lists }) => lists))).toBeLessThan(3_000);
    const better = outcomes(1.4);
    expect(better.every(({ decision }) => decision === 'promote')).toBe(true);
    expect(outcomes(0.93).filter(({ decision }) => decision === 'promote')).toEqual([]);
  });
});

describe('a judgement', () => {
  const champion = groupOf(even(400, 5, 2));
  const judge = (challenger: Parameters<typeof groupOf>, stages = 1) =>
    judgeTrial({ champion, challenger: groupOf(...challenger), interleaved: null }, TRIAL_POLICY, stages, null);

  it('says nothing of a few, and names the difference of many as a share', () => {
    expect(judge([even(20, 5, 1)])).toMatchObject({ decision: 'continue', clicks: null });
    const worse = judge([even(400, 5, 1)]);
    expect(worse).toMatchObject({ decision: 'stop', users: { challenger: 400 }, lists: { challenger: 2_000 } });
    expect(worse.reason).toMatch(/^fewer clicks: -50\.0 % \(-\d+\.\d % to -\d+\.\d % at all looks\)/);
    expect(judge([even(400, 5, 3)])).toMatchObject({ decision: 'promote' });
    expect(judge([even(400, 5, 2)])).toMatchObject({ decision: 'continue', clicks: { difference: 0 } });
    const many = groupOf(even(2_000, 5, 2));
    const equal = judgeTrial({ champion: many, challenger: many, interleaved: null }, TRIAL_POLICY, 1, null);
    expect(equal.reason).toMatch(/^no more than 5\.0 % fewer clicks/);
    expect(equal.decision).toBe('promote');
  });

  it('has wider intervals the more stages a trial has', () => {
    expect(judge([even(400, 5, 2)], 5).clicks!.low).toBeLessThan(judge([even(400, 5, 2)], 1).clicks!.low);
  });

  it('keeps the scale of its first look', () => {
    const first = judge([even(400, 5, 2)]);
    const seen = { champion: groupOf(even(400, 5, 4)), challenger: groupOf(even(400, 5, 4)), interleaved: null };
    expect(judgeTrial(seen, TRIAL_POLICY, 1, first.scales).scales).toEqual(first.scales);
  });

  it('has no scale before anything was clicked, and takes the first one that comes', () => {
    const none = groupOf(even(400, 5, 0, 0));
    const first = judgeTrial({ champion: none, challenger: none, interleaved: null }, TRIAL_POLICY, 1, null);
    expect(first).toMatchObject({ decision: 'continue', reason: 'no clicks yet', clicks: null });
    const worse = { champion, challenger: groupOf(even(400, 5, 1)), interleaved: null };
    const judged = judgeTrial(worse, TRIAL_POLICY, 1, first.scales);
    expect(judged.decision).toBe('stop');
    expect(judged.scales!.clicks).toBeGreaterThan(0);
  });

  it('stops where less is bought, although as much is clicked', () => {
    const seen = {
      champion: groupOf(even(400, 5, 2), { value: even(400, 5, 10) }),
      challenger: groupOf(even(400, 5, 2), { value: even(400, 5, 6) }),
      interleaved: null,
    };
    expect(judgeTrial(seen, TRIAL_POLICY, 1, null)).toMatchObject({
      decision: 'stop',
      reason: expect.stringContaining('purchase value'),
    });
  });

  it.each([
    ['failures', { failed: 400 }, /400 of 2000 lists failed/],
    ['time', { score_ms: 9 }, /9\.0 ms \(median\), the champion 2\.0 ms/],
    ['calibration', { calibration: 0.3 }, /calibration error 0\.300, the champion's 0\.020/],
    ['diversity', { categories: 1 }, /1\.0 categories on a list, the champion has 4\.0/],
  ])('stops at a limit of %s, however good the clicks', (_, more, reason) => {
    const own = groupOf(even(400, 5, 2), { score_ms: 2, calibration: 0.02, categories: 4 });
    const challenger = groupOf(even(400, 5, 4), { score_ms: 2, calibration: 0.02, categories: 4, ...more });
    const judged = judgeTrial({ champion: own, challenger, interleaved: null }, TRIAL_POLICY, 1, null);
    expect(judged).toMatchObject({ decision: 'stop', reason: expect.stringMatching(reason) });
  });

  it('counts failures among the lists that were served, not among the few whose outcomes are known', () => {
    const own = groupOf(even(400, 5, 2));
    const judgeOf = (failed: number) =>
      judgeTrial(
        { champion: own, challenger: groupOf(even(40, 5, 2), { served: 2_000, failed }), interleaved: null },
        TRIAL_POLICY,
        1,
        null,
      );
    expect(judgeOf(12).decision).toBe('continue');
    expect(judgeOf(60)).toMatchObject({ decision: 'stop', reason: expect.stringMatching(/^60 of 2000 lists failed/) });
    const unknown = groupOf(nothing(), { served: 300, failed: 30 });
    expect(judgeTrial({ champion: own, challenger: unknown, interleaved: null }, TRIAL_POLICY, 1, null)).toMatchObject({
      decision: 'stop',
      reason: expect.stringMatching(/^30 of 300 lists failed/),
    });
  });

  it('compares interleaved lists with themselves', () => {
    const credits = (y: number) => ({ clicks: even(400, 5, y), value: nothing() });
    const seen = { champion, challenger: champion, interleaved: credits(-1) };
    expect(judgeTrial(seen, TRIAL_POLICY, 1, null).decision).toBe('stop');
    expect(judgeTrial({ ...seen, interleaved: credits(1) }, TRIAL_POLICY, 1, null).decision).toBe('promote');
  });
});
