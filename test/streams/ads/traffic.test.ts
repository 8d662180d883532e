import { describe, expect, it } from 'vitest';
import { EVEN_TRAFFIC } from '../../../models/ads/pacing.ts';
import { trafficOfLastDay } from '../../../streams/ads/traffic.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.parse('2026-11-27T12:30:00Z');

/** A log of two partitions to which so many requests came in the hour that begins at a time. */
function log(low: number, requests: (starts_ms: number) => number) {
  return {
    bounds: async () => new Map([0, 1].map(partition => [partition, { low, high: 1e9 }])),
    async offsetsAt(topic: string, at_ms: number) {
      expect(topic).toBe('rank.requests');
      let offset = 1_000_000;
      for (let hour_ms = Math.floor(NOW / HOUR_MS) * HOUR_MS; hour_ms > at_ms; hour_ms -= HOUR_MS)
        offset -= requests(hour_ms - HOUR_MS);
      return new Map([0, 1].map(partition => [partition, Math.max(low, offset)]));
    },
  };
}

describe('the traffic of the last day', () => {
  it('is counted by the offsets of its hours', async () => {
    const evening = (starts_ms: number) => (new Date(starts_ms).getUTCHours() >= 18 ? 300 : 100);
    const traffic = await trafficOfLastDay(log(0, evening), NOW);
    expect(traffic[20]! / traffic[4]!).toBeCloseTo((0.9 * 2 + 0.1) / (0.9 * (2 / 3) + 0.1), 9);
    expect(traffic[12]).toBe(traffic[4]); // of yesterday, for this hour is not over
  });

  it('takes hours of before the log for as busy as the others', async () => {
    const traffic = await trafficOfLastDay(
      log(1_000_000 - 250, () => 100),
      NOW,
    );
    expect(traffic).toEqual(EVEN_TRAFFIC.map(() => 1));
    const rising = await trafficOfLastDay(
      log(1_000_000 - 450, starts_ms => (starts_ms === NOW - 1.5 * HOUR_MS ? 300 : 100)),
      NOW,
    );
    expect(rising[11]! / rising[10]!).toBeCloseTo((0.9 * 1.5 + 0.1) / (0.9 * 0.5 + 0.1), 9);
    expect(rising[3]).toBe(1);
  });

  it('is even where nobody knows', async () => {
    expect(
      await trafficOfLastDay(
        log(1_000_000, () => 100),
        NOW,
      ),
    ).toEqual(EVEN_TRAFFIC);
  });
});
