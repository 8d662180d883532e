import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PartitionLag } from '../../../../streams/kafka/bus.ts';
import { Lags } from '../../../../streams/kafka/consuming/lags.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Lags of a group on one topic whose log has these bounds in each partition. */
function lagsOf(log: { low: number; high: number }, committed: [number, number][] = []) {
  const told: (readonly PartitionLag[])[] = [];
  const opened = new Map<string, { next: number }>();
  const asked = {
    bounds: async () => new Map([0, 1].map(partition => [partition, log])),
    committed: async () => new Map(committed),
  };
  const lags = new Lags({ group: 'g', stands: each => void told.push(each) }, opened, asked);
  return { lags, told, opened, log };
}

describe('what is left of a partition', () => {
  it('is counted from the next record to be handled, else from the commit, else from the beginning of the log', async () => {
    const { lags, told, opened } = lagsOf({ low: 10, high: 50 }, [[1, 45]]);
    opened.set('t/0', { next: 48 });
    lags.joined({ t: [0, 1] });
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual([
      [
        { topic: 't', partition: 0, lag: 2 },
        { topic: 't', partition: 1, lag: 5 },
      ],
    ]);
    const fresh = lagsOf({ low: 10, high: 50 });
    fresh.lags.joined({ t: [0] });
    await vi.advanceTimersByTimeAsync(0);
    expect(fresh.told).toEqual([[{ topic: 't', partition: 0, lag: 40 }]]);
  });

  it('is told also where no batch is done, and no more once the consumer has stopped', async () => {
    const { lags, told, opened, log } = lagsOf({ low: 0, high: 5 });
    opened.set('t/0', { next: 5 });
    lags.tellRegularly();
    lags.joined({ t: [0] });
    await vi.advanceTimersByTimeAsync(0);
    log.high = 90;
    await vi.advanceTimersByTimeAsync(15_000);
    expect(told.map(([first]) => first!.lag)).toEqual([0, 85]);
    lags.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toHaveLength(2);
  });

  it('is told of the newest partitions, where the group moves them while the broker is asked', async () => {
    const { lags, told } = lagsOf({ low: 0, high: 5 });
    lags.joined({ t: [0] });
    lags.joined({ t: [1] });
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual([[{ topic: 't', partition: 1, lag: 5 }]]);
    lags.joined({ t: [] });
    await vi.advanceTimersByTimeAsync(0);
    expect(told.at(-1)).toEqual([]);
  });

  it('is of the next time, where the broker does not answer', async () => {
    let isAway = true;
    const told: (readonly PartitionLag[])[] = [];
    const asked = {
      bounds: async () => {
        if (isAway) throw new Error('away');
        return new Map([[0, { low: 0, high: 3 }]]);
      },
      committed: async () => new Map(),
    };
    const lags = new Lags({ group: 'g', stands: each => void told.push(each) }, new Map(), asked);
    lags.tellRegularly();
    lags.joined({ t: [0] });
    await vi.advanceTimersByTimeAsync(1_000);
    isAway = false;
    await vi.advanceTimersByTimeAsync(15_000);
    expect(told).toEqual([[{ topic: 't', partition: 0, lag: 3 }]]);
    lags.stop();
  });
});
