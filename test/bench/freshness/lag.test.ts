import { describe, expect, it } from 'vitest';
import { lagOf, requireRate, requireSteady } from '../../../bench/freshness/lag.ts';

const behind = (...events: number[]) => events.map(each => ({ events: each, unlogged: 1 }));

describe('the load while freshness is measured', () => {
  it('is judged by how far the scorer is behind at first and at last, whatever a report among them says', () => {
    expect(lagOf(behind(10, 900, 20, 30, 30, 30, 30, 30, 30, 50, 40, 0))).toEqual({ before: 20, after: 40 });
    expect(lagOf(behind(7))).toEqual({ before: 7, after: 7 });
    expect(() => lagOf([])).toThrow('--seconds');
  });

  it('is none that is kept up with where the lag grows by more than half a second of it', () => {
    expect(requireSteady(behind(100, 600), 1_000)).toEqual({ before: 100, after: 600 });
    expect(requireSteady(behind(900, 0), 1_000)).toEqual({ before: 900, after: 0 });
    expect(() => requireSteady(behind(100, 601), 1_000)).toThrow(
      /100 events behind at first and 601 at last, at 1000 events a second: this was no half load.*: 100 \(1\), 601 \(1\)$/,
    );
  });

  it('is none where fewer events are made', () => {
    expect(() => requireRate(950, 1_000)).not.toThrow();
    expect(() => requireRate(949, 1_000)).toThrow('949 events a second were made where 1000 were to be');
  });
});
