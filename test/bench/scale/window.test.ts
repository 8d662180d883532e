import { describe, expect, it } from 'vitest';
import { Window } from '../../../bench/scale/window.ts';

const report = (process: string, at_s: number, events: number, cpu_seconds: number) => {
  return { process, at_ms: at_s * 1_000, counts: { events }, gauges: { cpu_seconds, rss_mb: 100 + at_s } };
};

describe('what is measured of processes', () => {
  it('is between the second report in which one has worked and the last in which it has', () => {
    const window = new Window('events');
    window.take(report('a', 1, 0, 1));
    window.take(report('a', 2, 50, 2)); // of this second it worked a part only
    expect(window.isBegun(1)).toBe(false);
    window.take(report('a', 3, 150, 3));
    window.take(report('a', 5, 350, 4));
    window.take(report('a', 5, 350, 4)); // read twice
    expect([window.isBegun(1), window.isBegun(2), window.isIdle]).toEqual([true, false, false]);
    const figures = { seconds: 2, events: 200, events_per_second: 100, events_per_cpu_second: 200, rss_mb: 105 };
    expect(window.figures).toEqual(figures);
    window.take(report('a', 6, 350, 4.2));
    window.take(report('a', 7, 350, 4.4));
    expect(window.isIdle).toBe(true);
    expect(window.figures).toEqual(figures);
  });

  it('is the sum of the rates that each has by its own reports', () => {
    const window = new Window('events');
    for (const [at, events] of [
      [1, 100],
      [2, 200],
      [4, 400],
    ] as const)
      window.take(report('a', at, events, at));
    for (const [at, events] of [
      [1.5, 10],
      [2.5, 310],
      [3.5, 610],
    ] as const)
      window.take(report('b', at, events, at));
    expect(window.figures).toMatchObject({ seconds: 1, events: 500, events_per_second: 100 + 300 });
  });

  it('is nothing while none works', () => {
    const window = new Window('events');
    expect([window.isBegun(1), window.isIdle, window.seconds]).toEqual([false, false, 0]);
  });
});
