import { describe, expect, it } from 'vitest';
import { EVEN_TRAFFIC, pace, passed, trafficOf } from '../../../models/ads/pacing.ts';
import { isOn, localTime } from '../../../models/ads/schedule.ts';
import fc from '../../properties.ts';

const HOUR_MS = 3_600_000;
const at = (iso: string) => Date.parse(iso);
const MIDNIGHT = at('2026-11-27T00:00:00Z');

describe('the time of a campaign', () => {
  it('is that of its zone: day, hour and weekday', () => {
    const moment = at('2026-11-27T23:30:00Z');
    expect(localTime('UTC', moment)).toMatchObject({ day: '2026-11-27', hour: 23, weekday: 5 });
    const tokyo = localTime('Asia/Tokyo', moment);
    expect(tokyo).toEqual({ day: '2026-11-28', hour: 8, weekday: 6, day_starts_ms: at('2026-11-27T15:00:00Z') });
    const kathmandu = localTime('Asia/Kathmandu', moment);
    expect(kathmandu).toMatchObject({ day: '2026-11-28', hour: 5, day_starts_ms: at('2026-11-27T18:15:00Z') });
  });

  it('is on within its dates, weekdays and hours, and only while it runs', () => {
    const on = (more: Partial<Parameters<typeof isOn>[0]>, moment: string) =>
      isOn({ status: 'running', ...more }, at(moment), localTime('Europe/Berlin', at(moment)));
    expect(on({}, '2026-11-27T10:00:00Z')).toBe(true);
    expect(on({ status: 'paused' }, '2026-11-27T10:00:00Z')).toBe(false);
    expect(on({ starts_ms: at('2026-11-27T10:00:01Z') }, '2026-11-27T10:00:00Z')).toBe(false);
    expect(on({ ends_ms: at('2026-11-27T10:00:00Z') }, '2026-11-27T10:00:00Z')).toBe(false);
    expect(on({ hours: { from: 9, to: 17 } }, '2026-11-27T07:59:00Z')).toBe(false); // 8:59 in Berlin
    expect(on({ hours: { from: 9, to: 17 } }, '2026-11-27T08:00:00Z')).toBe(true);
    expect(on({ hours: { from: 9, to: 17 } }, '2026-11-27T16:00:00Z')).toBe(false);
    expect(on({ weekdays: [6] }, '2026-11-27T22:59:00Z')).toBe(false);
    expect(on({ weekdays: [6] }, '2026-11-27T23:00:00Z')).toBe(true); // Saturday in Berlin
  });
});

describe('the share of a day that has passed', () => {
  it('goes with the traffic, not with the clock', () => {
    const traffic = EVEN_TRAFFIC.map((_, hour) => (hour < 12 ? 1 : 3));
    const day = { day_starts_ms: MIDNIGHT };
    expect(passed(EVEN_TRAFFIC, MIDNIGHT + 6 * HOUR_MS, day)).toBeCloseTo(0.25, 12);
    expect(passed(traffic, MIDNIGHT + 12 * HOUR_MS, day)).toBeCloseTo(0.25, 12);
    expect(passed(traffic, MIDNIGHT + 18 * HOUR_MS, day)).toBeCloseTo(0.625, 12);
  });

  it('counts the hours of the campaign alone, in its zone', () => {
    const hours = { from: 8, to: 10 };
    const day = localTime('Asia/Tokyo', MIDNIGHT); // 9:00 there
    expect(passed(EVEN_TRAFFIC, MIDNIGHT, day, hours)).toBeCloseTo(0.5, 12);
    expect(passed(EVEN_TRAFFIC, MIDNIGHT + 5 * HOUR_MS, day, hours)).toBe(1);
  });

  it('goes from 0 to 1 and never back', () => {
    const traffic = fc.array(fc.oneof(fc.constant(Number.NaN), fc.nat(1_000)), { minLength: 24, maxLength: 24 });
    const moments = fc.array(fc.integer({ min: 0, max: 24 * HOUR_MS }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(traffic, moments, (counts, after) => {
        const day = { day_starts_ms: MIDNIGHT };
        const shares = [0, ...after.sort((a, b) => a - b), 24 * HOUR_MS].map(ms =>
          passed(trafficOf(counts), MIDNIGHT + ms, day),
        );
        expect(shares[0]).toBe(0);
        expect(shares.at(-1)).toBeCloseTo(1, 12);
        for (const [n, share] of shares.entries()) expect(share).toBeGreaterThanOrEqual(shares[n - 1] ?? 0);
      }),
    );
  });

  it('takes hours that are not known for as busy as the others', () => {
    const counts = EVEN_TRAFFIC.map((_, hour) => (hour < 2 ? [10, 30][hour]! : Number.NaN));
    const traffic = trafficOf(counts);
    for (const [hour, requests] of [0.55, 1.45, 1].entries()) expect(traffic[hour]).toBeCloseTo(requests, 12);
    expect(trafficOf(EVEN_TRAFFIC.map(() => Number.NaN))).toEqual(EVEN_TRAFFIC);
    expect(trafficOf(EVEN_TRAFFIC.map(() => 0))).toEqual(EVEN_TRAFFIC);
  });
});

describe('the pace', () => {
  it('is the whole bid as long as spending is behind the plan, and falls ahead of it', () => {
    expect(pace(0.1, 0.2)).toBe(1);
    expect(pace(0.2, 0.2)).toBe(1);
    expect(pace(0.21, 0.2)).toBeCloseTo(Math.exp(-1), 12);
    expect(pace(0.3, 0.2)).toBeLessThan(1e-4);
  });
});
