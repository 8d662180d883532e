import { expect, it } from 'vitest';
import type { ClickFactor } from '../../../../models/ads/click-factor.ts';
import type { Figures } from '../../../../models/watch/reading.ts';
import { adsReading } from '../../../../models/watch/signals/ads.ts';
import { DEFAULT_WATCH } from '../../../../schemas/policies/watch-policy.ts';

/** Clicks for each that was counted on, within a tenth. */
const ratio = (value: number) => ({
  value,
  low: 0.9 * value,
  high: 1.1 * value,
  rows: 9_000,
  clicks: 400,
  expected: 400,
});

interface Seen {
  all?: number;
  bins?: number[];
  places?: number[];
  lists?: number;
}

function reading(
  { all = 1, bins = [all, all], places = [all, all], lists = 3_000 }: Seen,
  factor: ClickFactor | null = null,
) {
  const parts = { bins: bins.map(ratio), places: places.map((value, position) => ({ position, ...ratio(value) })) };
  const ads = { lists, ece: 0.01, all: ratio(all), ...parts };
  return adsReading({ ads, factor } as unknown as Figures, DEFAULT_WATCH);
}

it('that all ads bring several times more or fewer clicks than counted on is told, less than that says nothing', () => {
  for (const [all, says] of [
    [1, 'good'],
    [0.7, 'good'],
    [1.95, 'between'],
    [0.2, 'bad'],
    [3, 'bad'],
  ] as const) {
    expect(reading({ all }), String(all)).toMatchObject({
      says,
      reason: expect.stringContaining(`${all.toFixed(2)} clicks`),
    });
  }
  expect(reading({ all: 0.2 }).reason).toMatch(/furthest off in all: 0\.20 /);
});

it('says whether what ads taught corrects the model, and what the error gate found', () => {
  const interval = (value: number) => ({ value, low: value - 0.01, high: value + 0.01 });
  const found = { factor: 1, learned: 0.5, ece: interval(0.08), change: interval(0.004) };
  const refused = reading({ all: 0.3 }, { ...found, says: 'refused' });
  expect(refused).toMatchObject({
    says: 'bad',
    reason: expect.stringMatching(/not multiplied by 0\.50: .* error of 0\.080 by 0\.004 \(-0\.006 to 0\.014\)$/),
  });
  const used = reading({}, { ...found, says: 'used', factor: 0.43, change: interval(-0.07) });
  expect(used).toMatchObject({ says: 'good', reason: expect.stringMatching(/multiplied by 0\.43: .* by -0\.070 /) });
  const none = { factor: 1, learned: 1, ece: null, change: null };
  expect(reading({}, { ...none, says: 'few' }).reason).toMatch(/too little is known/);
  expect(reading({}, { ...none, says: 'off' }).reason).toMatch(/as the policy wants it/);
});

it('parts and places are held to what comes of all', () => {
  const bold = reading({ all: 0.7, bins: [0.2, 0.9] });
  expect(bold).toMatchObject({
    says: 'bad',
    reason: expect.stringMatching(/in part 1 of 2 by the prediction: 0\.29 /),
  });
  const deep = reading({ all: 0.7, places: [0.7, 1.8] });
  expect(deep).toMatchObject({ says: 'bad', reason: expect.stringMatching(/at place 1: 2\.57 /), limit: 2 });
  expect(reading({ all: 0.7, bins: [0.5, 1], places: [0.6, 0.9] }).says).toBe('good');
  expect(reading({ bins: [2.1, 1] }).says).toBe('between');
});

it('of few lists, or of none, nothing is said', () => {
  expect(reading({ all: 5, lists: 100 }).says).toBe('unknown');
  expect(adsReading({ ads: null } as unknown as Figures, DEFAULT_WATCH).says).toBe('unknown');
});
