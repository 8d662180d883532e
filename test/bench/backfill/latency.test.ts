import { describe, expect, it } from 'vitest';
import { latencies, type Stretch, stretchesOf } from '../../../bench/backfill/latency.ts';

const stretch = (beside: Stretch['beside'], took_ms: number[]): Stretch => ({ beside, took_ms });

describe('how long lists take beside a backfill', () => {
  const quiet = Array.from({ length: 100 }, (_, n) => (n === 70 ? 40 : 10));

  it('is told of each step, beside runs of as many lists without one', () => {
    const [without, compare] = latencies([
      stretch('no backfill', quiet),
      stretch('compare', [10, 20, 30, 10]),
      stretch('no backfill', quiet),
      stretch('compare', [10, 12, 35, 10]),
      stretch('compare', [10, 12, 11, 10]),
    ]);
    expect(without).toEqual({
      while: 'no backfill',
      lists: 200,
      p50_ms: 10,
      p99_ms: 10, // two of 200 took longer
      worst_ms: 40,
      stretch_p99_ms: { least: 10, most: 10, middle: 10 },
      usual_p99_ms: { least: 10, most: 10 },
      stands_still: true,
    });
    // of 4 lists the p99 is the third: no run of 4 has two of 40 ms
    expect(compare).toMatchObject({
      lists: 12,
      stretch_p99_ms: { least: 11, most: 20, middle: 12 },
      stands_still: false,
    });
  });

  it('stands still where the middle stretch is no worse than the worst run without', () => {
    const lone = (took_ms: number[]) =>
      latencies([stretch('no backfill', [10, 50, 50, 10]), stretch('switch', took_ms)])[1]!;
    expect(lone([49, 49, 49, 49])).toMatchObject({ usual_p99_ms: { least: 50, most: 50 }, stands_still: true });
    expect(lone([51, 51, 51, 51]).stands_still).toBe(false);
  });

  it('has no row of what nobody asked beside', () => {
    expect(latencies([stretch('no backfill', quiet), stretch('begin', [])]).map(row => row.while)).toEqual([
      'no backfill',
    ]);
  });

  it('counts lists where they were asked for, and none before and behind', () => {
    const lists = [35, 5, 12, 20, 29, 41].map(at_ms => ({ at_ms, took_ms: 2 * at_ms }));
    const marks = [
      { at_ms: 10, beside: 'no backfill' as const },
      { at_ms: 20, beside: 'rebuild' as const },
      { at_ms: 40, beside: undefined },
    ];
    expect(stretchesOf(lists, marks)).toEqual([stretch('no backfill', [24]), stretch('rebuild', [40, 58, 70])]);
  });
});
