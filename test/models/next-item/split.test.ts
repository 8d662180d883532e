import { describe, expect, it } from 'vitest';
import type { Journeys } from '../../../models/next-item/journeys.ts';
import { splitForBlend } from '../../../models/next-item/split.ts';
import { type Dataset, splitByTime } from '../../../models/ranker/dataset/dataset.ts';
import { examples } from '../../sim/examples.ts';

/** A user who takes another item at each list. */
const journeysOf = ({ at_ms, items, item }: Dataset): Journeys => ({
  items,
  described: items.map(() => []),
  user: new Int32Array(at_ms.length),
  item,
  at_ms,
});
const partsOf = (lists: number) => {
  const dataset = examples({ lists });
  const [train, validation] = splitByTime(dataset) as [Dataset, Dataset];
  const journeys = journeysOf(dataset);
  return { train: { ...train, journeys }, validation, journeys };
};

describe('the parts of a blend', () => {
  it('that calibrate it are later than those by which it is chosen, and these later than what it learns from', () => {
    const { train, validation, journeys } = partsOf(600);
    const { training, judges, calibration } = splitForBlend({ train, validation });
    expect(calibration.rows / validation.rows).toBeCloseTo(0.5, 1);
    expect(calibration.at_ms.at(-1)).toBe(validation.at_ms.at(-1));
    const between = (from_ms: number, until_ms: number) => {
      const taken = journeys.item.filter((_, at) => journeys.at_ms[at]! >= from_ms && journeys.at_ms[at]! < until_ms);
      return taken.filter((item, at) => item !== taken[at - 1]);
    };
    expect(training).toEqual([between(0, validation.at_ms[0]!)]);
    expect(judges.targets).toEqual(between(validation.at_ms[0]!, calibration.at_ms[0]!));
  });

  it('are one where there are too few clicks for two', () => {
    const { train, validation } = partsOf(100);
    const { judges, calibration } = splitForBlend({ train, validation });
    expect(calibration).toBe(validation);
    expect(judges.targets.length).toBeGreaterThan(validation.rows / 2);
  });
});
