import type { ExampleRow } from '../../activities/snapshot/dataset-builder.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../models/features/vector.ts';
import { random } from '../../models/random.ts';

export interface ShopSpec {
  seed: number;
  lists: number;
  /** `taste`: users click what fits their taste, which popularity does not know. `noise`: at random. */
  clicks: 'taste' | 'noise';
}

const ITEMS_PER_LIST = 10;
const TASTE = FEATURE_NAMES.indexOf('pair.category');
const START_MS = Date.UTC(2026, 0, 1);

/** Examples as ClickHouse gives them: lists of ten, one a second, every tenth in random order, position bias. */
export function examples({ seed, lists, clicks }: ShopSpec): ExampleRow[] {
  const dice = random(seed);
  return Array.from({ length: lists * ITEMS_PER_LIST }, (_, row) => {
    const list = Math.floor(row / ITEMS_PER_LIST);
    const position = row % ITEMS_PER_LIST;
    const features = FEATURE_NAMES.map(() => Math.round(dice.uniform() * 1e5) / 1e5);
    const appeal = clicks === 'noise' ? 0.2 : features[TASTE]! ** 3 * 0.6;
    const clicked = dice.uniform() < appeal / (1 + 0.2 * position);
    return {
      list: `list-${String(list).padStart(6, '0')}`,
      at_ms: START_MS + list * 1_000,
      user: `user-${list % 97}`,
      arm: list % 10 === 0 ? 'explore' : 'champion',
      position,
      item: `item-${row % 50}`,
      propensity: list % 10 === 0 ? 1 / ITEMS_PER_LIST : null,
      features,
      language: '',
      history: Array.from({ length: list % 5 }, (_, place) => `item-${(list + place) % 50}`),
      clicked,
      carted: clicked && dice.uniform() < 0.3,
      purchased: clicked && dice.uniform() < 0.1,
      dismissed: false,
    };
  });
}

/** The same examples as rows of the table `examples`. */
export function tableRows(rows: readonly ExampleRow[], topic: string): object[] {
  return rows.map(({ at_ms, language: _, ...row }, offset) => ({
    ...row,
    at: at_ms,
    surface: 'home',
    model: 'popularity',
    features_version: FEATURES_VERSION,
    version: 0,
    topic,
    partition: 0,
    offset,
    recorded: at_ms,
  }));
}

/** Vectors of the items as rows of the table `item_vectors`: of one encoder for all, of a newer one for a few. */
export function vectorRows(topic: string): object[] {
  const dice = random(1);
  return Array.from({ length: 60 }, (_, offset) => {
    const angle = 2 * Math.PI * dice.uniform();
    return {
      item: `item-${offset % 50}`,
      modality: 'text',
      encoder: offset < 50 ? 'words@1' : 'words@2',
      hash: `content-${offset % 50}`,
      at: START_MS,
      values: [Math.cos(angle), Math.sin(angle)],
      topic,
      partition: 0,
      offset,
      recorded: START_MS,
    };
  });
}
