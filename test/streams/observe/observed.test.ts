import { describe, expect, it } from 'vitest';
import type { Batch, Bus, ConsumeOptions, Subscription } from '../../../streams/kafka/bus.ts';
import { observed } from '../../../streams/observe/observed.ts';
import { Report } from '../../../streams/report.ts';

const BATCH: Batch = { topic: 'shop.events', partition: 1, records: [], lag: 0, confirm: async () => {} };

/** Of a bus, what a job's consumer is started with. */
function busThatConsumes(): { bus: Bus; options: () => ConsumeOptions } {
  let wanted: ConsumeOptions | undefined;
  const consume = async (options: ConsumeOptions): Promise<Subscription> => {
    wanted = options;
    return { failed: new Promise(() => {}), stop: async () => {} };
  };
  return { bus: { consume } as unknown as Bus, options: () => wanted! };
}

describe('an observed bus', () => {
  it('tells the report where the group has put this process', async () => {
    const { bus, options } = busThatConsumes();
    const report = new Report('features', 'test');
    await observed(bus, report, undefined).consume({ group: 'g', topics: ['shop.events'], onBatch: async () => 1 });
    expect(report.standing.awaited).toEqual(['g']);
    options().stands!([{ topic: 'shop.events', partition: 1, lag: 7 }]);
    expect(report.standing.awaited).toEqual([]);
    expect(report.snapshot(0).lag).toEqual({ 'shop.events': 7 });
  });

  it('counts batches that failed, and lets the failure go on', async () => {
    const { bus, options } = busThatConsumes();
    const report = new Report('features', 'test');
    const error = new Error('the store is gone');
    const onBatch = async (): Promise<number> => {
      throw error;
    };
    await observed(bus, report, undefined).consume({ group: 'g', topics: ['shop.events'], onBatch });
    await expect(options().onBatch(BATCH)).rejects.toBe(error);
    expect(report.snapshot(0).counts).toEqual({ 'failed_batches.shop.events': 1 });
  });
});
