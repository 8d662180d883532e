import { describe, expect, it } from 'vitest';
import {
  type Beside,
  brokenLimit,
  failedLimit,
  p99Bounds,
  type Service,
} from '../../../../models/evaluate/sequential/guardrails.ts';
import { judgeLimits, TRIAL_POLICY } from '../../../../models/evaluate/sequential/judge.ts';
import { random } from '../../../../models/random.ts';
import { groupOf, nothing } from '../../../sim/trials.ts';

const USUAL: Service = {
  served: 2_000,
  failed: 0,
  score_ms: 2,
  p99_ms: { low: 5, high: 8 },
  calibration: 0.02,
  categories: 4,
};
const UNKNOWN: Service = { served: 0, failed: 0, score_ms: null, p99_ms: null, calibration: null, categories: null };
const ALLOWED = { score_ms: 50, calibration: 0.1 };

const broken = (
  more: Partial<Service>,
  { champion = USUAL, ...beside }: Partial<Beside & { champion: Service }> = {},
) => brokenLimit(champion, { ...USUAL, ...more }, TRIAL_POLICY.guardrails, { isInterleaved: false, ...beside });

describe('limits where all users have the challenger', () => {
  const before = { allowed: ALLOWED };
  const alone = { champion: UNKNOWN, allowed: ALLOWED };

  it.each<[string, Partial<Service>, RegExp]>([
    ['time', { score_ms: 900 }, /^scoring takes 900\.0 ms \(median\), the champion 2\.0 ms/],
    ['calibration', { calibration: 0.9 }, /^calibration error 0\.900, the champion's 0\.020/],
    ['kinds of products', { categories: 1 }, /^1\.0 categories on a list, the champion has 4\.0/],
  ])('of %s are those beside the champion before', (_, more, reason) => {
    expect(broken(more, before)).toMatch(reason);
    expect(broken({}, before)).toBeUndefined();
  });

  it('are those of the gates where the champion has made no lists before', () => {
    expect(broken({ score_ms: 900 }, alone)).toMatch(/^scoring takes 900\.0 ms \(median\), the gates allow 50\.0 ms/);
    expect(broken({ calibration: 0.9 }, alone)).toMatch(/^calibration error 0\.900, the gates allow 0\.100/);
    expect(broken({ score_ms: 49, calibration: 0.09, categories: 1 }, alone)).toBeUndefined();
    expect(broken({ p99_ms: { low: 60, high: 90 } }, alone)).toMatch(/60\.0 ms \(p99\), the gates allow 50\.0 ms/);
    const reporting = { champion: UNKNOWN, allowed: { score_ms: null, calibration: null } };
    expect(broken({ score_ms: 900, calibration: 0.9 }, reporting)).toBeUndefined();
  });

  it('let an hour be slower than the one before, as long as the gates would', () => {
    expect(broken({ score_ms: 40 }, before)).toBeUndefined();
    expect(broken({ score_ms: 40 })).toMatch(/40\.0 ms/);
  });

  it('do not wait for outcomes, but for calibration', () => {
    const judged = (more: Partial<Service>) => {
      const challenger = groupOf(nothing(), { ...USUAL, ...more });
      return judgeLimits({ champion: groupOf(nothing(), USUAL), challenger, interleaved: null }, TRIAL_POLICY, 'fine');
    };
    expect(judged({ score_ms: 900 })).toMatchObject({ decision: 'stop', reason: expect.stringMatching(/900/) });
    expect(judged({ score_ms: 900, served: 199 })).toMatchObject({ decision: 'continue', reason: 'fine' });
    expect(judged({ calibration: 0.9 }).decision).toBe('continue');
  });
});

it('on interleaved lists a time is that of both, beside the champion alone', () => {
  const both = { isInterleaved: true };
  expect(broken({ score_ms: 9 }, both)).toBeUndefined(); // 2 ms by the champion, 7 by the challenger
  expect(broken({ score_ms: 9.1 }, both)).toMatch(/^scoring takes 9\.1 ms \(median\) by both, the champion 2\.0 ms/);
});

describe('the 99th percentile of times', () => {
  it("is a limit by itself, where it is shown to be too long beside all that the champion's may be", () => {
    expect(broken({ p99_ms: { low: 17, high: 40 } })).toMatch(/^scoring takes 17\.0 ms \(p99\), the champion 8\.0 ms/);
    expect(broken({ p99_ms: { low: 16, high: 40 } })).toBeUndefined();
    expect(broken({ p99_ms: { low: 24, high: 90 } }, { isInterleaved: true })).toBeUndefined();
    expect(broken({ p99_ms: { low: 25, high: 90 } }, { isInterleaved: true })).toMatch(/25\.0 ms \(p99\) by both/);
  });

  it("is not known of few, nor judged where the champion's is not", () => {
    expect(p99Bounds(999)).toBeUndefined();
    const champion = { ...USUAL, p99_ms: null };
    expect(broken({ p99_ms: { low: 900, high: 990 } }, { champion, allowed: ALLOWED })).toBeUndefined();
  });

  it('stops no equal at any of many looks, where the bare one would', () => {
    const times = random(5);
    const looks = [200, 400, 1_000, 2_000];
    const percentile = (of: Float64Array, share: number) => of[Math.min(of.length - 1, Math.floor(share * of.length))]!;
    let [bare, bounded] = [0, 0];
    for (let run = 0; run < 50; run++) {
      const drawn = [0, 1].map(() => Float64Array.from({ length: 2_000 }, () => 2 * Math.exp(1.6 * times.normal())));
      const at = looks.map(lists => {
        const sorted = drawn.map(each => each.slice(0, lists).sort()) as [Float64Array, Float64Array];
        const isBroken = ([low, high]: readonly [number, number]) => {
          const [own, other] = sorted.map(of => ({ low: percentile(of, low), high: percentile(of, high) }));
          return broken({ p99_ms: own! }, { champion: { ...USUAL, p99_ms: other! } }) !== undefined;
        };
        const bounds = p99Bounds(lists);
        return { bare: isBroken([0.99, 0.99]), bounded: bounds !== undefined && isBroken(bounds) };
      });
      bare += Number(at.some(look => look.bare));
      bounded += Number(at.some(look => look.bounded));
    }
    expect(bounded).toBe(0);
    expect(bare).toBeGreaterThan(3);
  });
});

describe('lists that fail', () => {
  const most = TRIAL_POLICY.guardrails.failed;
  const isBroken = (served: number, failed: number) => failedLimit({ ...USUAL, served, failed }, most) !== undefined;

  it('stop no model that fails as often as it may, whoever looks behind each list from the first on', () => {
    const { uniform } = random(7);
    const [runs, lists] = [100, 1_000];
    const stopped = Array.from({ length: runs }, () => {
      let failed = 0;
      for (let served = 1; served <= lists; served++) {
        failed += Number(uniform() < most);
        if (isBroken(served, failed)) return true;
      }
      return false;
    });
    expect(stopped.filter(Boolean)).toEqual([]);
  });

  it('stop at once a model that fails always, and soon one that fails a few times too often', () => {
    expect([1, 2, 3].map(n => isBroken(n, n))).toEqual([false, false, true]);
    expect(isBroken(100, 12)).toBe(true);
    expect(isBroken(1_000, 35)).toBe(true);
    expect(isBroken(1_000, 12)).toBe(false);
    expect(isBroken(2_000, 0)).toBe(false);
  });
});
