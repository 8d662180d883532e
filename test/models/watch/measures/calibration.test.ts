import { expect, it, test } from 'vitest';
import { calibrationChange, calibrationErrorOf } from '../../../../models/watch/measures/calibration.ts';
import { DEFAULT_WATCH } from '../../../../schemas/policies/watch-policy.ts';
import { predictions } from '../../../sim/watched.ts';

const { least } = DEFAULT_WATCH;
const window = { users: 150, lists: 600 };

it('clicks for each predicted one are within their interval as often as it says, although users err alike', () => {
  const runs = 200;
  let outside = 0;
  for (let seed = 1; seed <= runs; seed++) {
    const change = calibrationChange(predictions({ ...window, seed }), predictions({ ...window, seed: seed + 1_000 }), {
      alpha: 0.05,
      least,
    })!;
    outside += Number(change.low > 0 || change.high < 0);
  }
  expect(outside / runs).toBeLessThanOrEqual(0.09); // 0.05, and what 200 runs leave open
});

it('a third more clicks than predicted are seen', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const change = calibrationChange(
      predictions({ ...window, seed }),
      predictions({ ...window, seed: seed + 50 }, 4 / 3),
      {
        alpha: DEFAULT_WATCH.alpha,
        least,
      },
    )!;
    expect(change.low).toBeGreaterThan(0);
    expect(change.high).toBeGreaterThan(Math.log(4 / 3));
    expect(change.ratio / change.before).toBeCloseTo(Math.exp(change.value), 10);
  }
});

it('too few lists, or users, say nothing', () => {
  const few = predictions({ seed: 1, users: 150, lists: 50 });
  const enough = predictions({ ...window, seed: 2 });
  expect(calibrationChange(few, enough, { alpha: 0.01, least })).toBeNull();
  expect(calibrationChange(enough, predictions({ seed: 3, users: 10, lists: 600 }), { alpha: 0.01, least })).toBeNull();
});

test('the calibration error is told beside what it is by chance', () => {
  expect(calibrationErrorOf([{ rows: 100, expected: 20, clicks: 20 }])).toEqual({
    error: 0,
    expected: expect.closeTo(Math.sqrt((2 / Math.PI) * 16) / 100, 10),
  });
  expect(calibrationErrorOf([{ rows: 100, expected: 20, clicks: 35 }])!.error).toBeCloseTo(0.15, 10);
  expect(calibrationErrorOf([])).toBeNull();
});
