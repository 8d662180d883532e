import { describe, expect, it } from 'vitest';
import { latencies, type Stretch, stretchesOf } from '../../../bench/backfill/latency.ts';

/** Asked for ten times a second. */
const stretch = (beside: Stretch['beside'], took_ms: number[]): Stretch => ({
  beside,
  lists: took_ms.map((took_ms, n) => ({ at_ms: 100 * n, took_ms })),
});
/** Of 300 lists each hundredth took longer, another ten each time. */
const swinging = (more = 0) => Array.from({ length: 300 }, (_, n) => more + (n % 60 === 0 ? 20 + n / 30 : 10));

describe('how long lists take beside a backfill', () => {
  it('is told of each step, beside lists without one', () => {
    const [without, compare] = latencies([
      stretch('no backfill', swinging()),
      stretch('compare', swinging(5)),
      stretch('no backfill', swinging()),
    ]);
    expect(without).toEqual({ while: 'no backfill', lists: 600, p50_ms: 10, p99_ms: 22, worst_ms: 28 });
    expect(compare).toMatchObject({ while: 'compare', lists: 300, p50_ms: 15, p99_ms: 27, worst_ms: 33 });
    expect(compare!.moved_ms!.value).toBe(5);
  });

  it('has moved where that is sure, and not where it may be chance', () => {
    const movedBy = (took_ms: number[]) =>
      latencies([stretch('no backfill', swinging()), stretch('switch', took_ms)])[1]!.moved_ms!;
    expect(movedBy(swinging()).low).toBeLessThanOrEqual(0);
    expect(movedBy(swinging(1)).low).toBeLessThanOrEqual(0);
    expect(movedBy(swinging(20)).low).toBeGreaterThan(0);
  });

  it('has no row of what nobody asked beside', () => {
    const rows = latencies([stretch('no backfill', swinging()), stretch('begin', [])]);
    expect(rows.map(row => row.while)).toEqual(['no backfill']);
  });

  it('counts lists where they were asked for, and none before and behind', () => {
    const lists = [35, 5, 12, 20, 29, 41].map(at_ms => ({ at_ms, took_ms: 2 * at_ms }));
    const marks = [
      { at_ms: 10, beside: 'no backfill' as const },
      { at_ms: 20, beside: 'rebuild' as const },
      { at_ms: 40, beside: undefined },
    ];
    const took = stretchesOf(lists, marks).map(({ beside, lists }) => [beside, lists.map(({ took_ms }) => took_ms)]);
    expect(took).toEqual([
      ['no backfill', [24]],
      ['rebuild', [40, 58, 70]],
    ]);
  });
});
