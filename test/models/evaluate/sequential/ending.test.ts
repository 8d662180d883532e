import { describe, expect, it } from 'vitest';
import { endingOf } from '../../../../models/evaluate/sequential/ending.ts';
import { judgeTrial, TRIAL_POLICY } from '../../../../models/evaluate/sequential/judge.ts';
import { random } from '../../../../models/random.ts';
import { groupOf, nothing } from '../../../sim/trials.ts';

const { margin } = TRIAL_POLICY;
const LEVEL = 0.5;
const ALPHA = 0.04;

/** Of estimates with this error, of a challenger that differs by so much, as shares of the champion: how many pass. */
function passing(difference: number, error: number, lists = 1_000, runs = 4_000): number {
  const { normal } = random(9);
  const passed = Array.from({ length: runs }, () => {
    const value = LEVEL * (difference + error * normal());
    return endingOf({ level: LEVEL, effect: { value, variance: (LEVEL * error) ** 2 } }, margin, ALPHA, lists).passes;
  });
  return passed.filter(Boolean).length / runs;
}

describe('the last look at a trial', () => {
  it('lets one that is worse by the margin pass as seldom as it says, however small the shop', () => {
    for (const error of [0.01, 0.05, 0.3]) {
      expect(passing(-margin, error)).toBeLessThan(ALPHA + 0.01);
      expect(passing(-margin, error)).toBeGreaterThan(ALPHA - 0.01);
    }
  });

  it('lets equals pass where they have as many lists as it says that it takes', () => {
    const few = endingOf({ level: LEVEL, effect: { value: 0, variance: (LEVEL * 0.1) ** 2 } }, margin, ALPHA, 500);
    expect(few.passes).toBe(false);
    const [, needed] = /; of an equal some ([\d,]+) of its lists would show it$/.exec(few.reason)!;
    const lists = Number(needed!.replaceAll(',', ''));
    expect(passing(0, 0.1 * Math.sqrt(500 / lists))).toBeCloseTo(0.8, 1);
  });

  it('names the estimate, and the least that it may be', () => {
    const of = (value: number) =>
      endingOf({ level: LEVEL, effect: { value: LEVEL * value, variance: (LEVEL * 0.02) ** 2 } }, margin, ALPHA, 9_000);
    expect(of(0.01)).toEqual({
      passes: true,
      reason: 'no more than 5.0 % fewer clicks for each list: +1.0 % (by this look -2.5 % at least)',
    });
    expect(of(-0.04).reason).toMatch(
      /^it is not ruled out that it brings more than 5\.0 % fewer clicks for each list: -4\.0 % \(/,
    );
  });

  it('says nothing for a challenger with too few lists, or without a click', () => {
    const none = groupOf({ ...nothing(), users: 400, lists: 2_000, lists2: 10_000 });
    const few = groupOf({ ...nothing(), users: 20, lists: 100, lists2: 500 });
    const endOf = (challenger: typeof none) =>
      judgeTrial({ champion: none, challenger, interleaved: null }, TRIAL_POLICY, 1, null).ending;
    expect(endOf(none)).toEqual({ passes: false, reason: 'no clicks yet' });
    expect(endOf(few)).toEqual({ passes: false, reason: '100 lists of 20 users: too few to say anything' });
  });
});
