/** What the default limits say of the simulated shop's log: of a sound one, also a small or a bare one, and of each broken kind. */
import { describe, expect, it } from 'vitest';
import { DatasetBuilder, type ExampleRow } from '../../../activities/snapshot/dataset-builder.ts';
import { judgeSnapshot } from '../../../models/evaluate/gate.ts';
import { inspect } from '../../../models/evaluate/snapshot/inspect.ts';
import { FEATURE_NAMES } from '../../../models/features/vector.ts';
import type { Dataset } from '../../../models/ranker/dataset/dataset.ts';
import type { ShopEvent } from '../../../schemas/topics/events.ts';
import { createWorld } from '../../sim/world.ts';
import { type Logging, simulatedTables } from '../simulated.ts';

const LISTS = 600;

function logged(how: { seed?: number; lists?: number } & Logging = {}): Dataset {
  const { seed = 1, lists = LISTS, ...logging } = how;
  const { examples } = simulatedTables(createWorld({ seed, users: 150 }), { seed, lists }, logging);
  const builder = new DatasetBuilder(FEATURE_NAMES);
  for (const row of examples as ExampleRow[]) builder.add(row);
  return builder.build();
}

function failedOn(dataset: Dataset, before?: Dataset): string[] {
  const { checks } = judgeSnapshot(inspect(dataset, dataset.at_ms.at(-1)!, before));
  return checks.filter(({ passed, mode }) => !passed && mode === 'refuse').map(({ name }) => name);
}

const only =
  (...types: ShopEvent['type'][]) =>
  (event: ShopEvent) =>
    types.includes(event.type) ? event : undefined;

const sound = logged();
const everyTenth = (dataset: Dataset): Dataset => {
  let clicks = 0;
  return { ...dataset, clicked: dataset.clicked.map(each => Number(each === 1 && clicks++ % 10 === 0)) };
};

describe('a log of the simulated shop', () => {
  it.each<[string, () => Dataset]>([
    ['as it is', () => sound],
    ['of its first 200 lists', () => logged({ lists: 210 })],
    ['that tells of clicks alone', () => logged({ known: only('click') })],
    ['that tells of impressions and clicks', () => logged({ seed: 2, known: only('impression', 'click') })],
  ])('%s is let through', (_, made) => {
    expect(failedOn(made(), logged({ seed: 3, lists: 400 }))).toEqual([]);
  });

  it.each<[string, string[], () => Dataset]>([
    [
      'whose events come under other users',
      ['mute_features'],
      () => logged({ known: event => ({ ...event, user: `x${event.user}` }) }),
    ],
    [
      'whose events come under other items',
      ['mute_features'],
      () => logged({ known: event => ('item' in event ? ({ ...event, item: `x${event.item}` } as ShopEvent) : event) }),
    ],
    [
      'whose events the features never get',
      ['constant_features', 'mute_features'],
      () => logged({ known: () => undefined }),
    ],
    ['whose features are of after the clicks', ['leakage'], () => logged({ late: true })],
    [
      'that says of all that it was clicked',
      ['click_rate', 'click_rate_change'],
      () => ({ ...sound, clicked: sound.clicked.map(() => 1) }),
    ],
    ['that has lost nine of ten clicks', ['click_rate_change'], () => everyTenth(sound)],
    ['of fewer lists than are needed', ['lists'], () => logged({ lists: 40 })],
  ])('%s is refused', (_, checks, made) => {
    expect(failedOn(made(), sound)).toEqual(checks);
  });
});
