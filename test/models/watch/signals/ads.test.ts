import { expect, it } from 'vitest';
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

function reading({ all = 1, bins = [all, all], places = [all, all], lists = 3_000 }: Seen) {
  const parts = { bins: bins.map(ratio), places: places.map((value, position) => ({ position, ...ratio(value) })) };
  const ads = { lists, ece: 0.01, all: ratio(all), ...parts };
  return adsReading({ ads } as unknown as Figures, DEFAULT_WATCH);
}

it('one factor for all ads, however far off, is told and says nothing', () => {
  for (const all of [1, 0.2, 3]) {
    expect(reading({ all })).toMatchObject({
      says: 'good',
      reason: expect.stringContaining(`${all.toFixed(2)} clicks`),
    });
  }
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
