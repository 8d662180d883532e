import { expect, it } from 'vitest';
import { isIn, type Traces } from '../../../activities/erasure/traces.ts';
import { DatasetBuilder } from '../../../activities/snapshot/dataset-builder.ts';
import { FEATURE_NAMES } from '../../../models/features/vector.ts';
import { examples } from '../examples.ts';

function traces(...of: [at_ms: number, item: string][]): Traces {
  return { of: new Map(of.map(([at_ms, item]) => [item, new Set([at_ms])])), hash: '' };
}

it('a snapshot, in which users are numbers, is known by what one of them did', () => {
  const rows = examples({ seed: 1, lists: 20, clicks: 'taste' });
  const builder = new DatasetBuilder(FEATURE_NAMES);
  for (const row of rows) builder.add(row);
  const dataset = builder.build();
  const [first] = rows;
  expect(isIn(traces([first!.at_ms, first!.item]), dataset)).toBe(true);
  expect(isIn(traces([first!.at_ms + 1, first!.item], [first!.at_ms, 'other']), dataset)).toBe(false);
  expect(isIn(traces(), dataset)).toBe(false);
  const journeys = {
    items: ['x'],
    described: [[]],
    user: Int32Array.of(0),
    item: Int32Array.of(0),
    at_ms: Float64Array.of(5),
  };
  expect(isIn(traces([5, 'x']), { ...dataset, journeys })).toBe(true);
});
