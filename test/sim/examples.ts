import { random } from '../../models/random.ts';
import { type Dataset, UNKNOWN } from '../../models/ranker/dataset/dataset.ts';
import { HISTORY } from '../../models/ranker/model.ts';

const CATALOGUE = 40;

/**
 * Made-up examples whose truth is known: users click on `taste` and on what stands first, and not on `noise`. Logged
 * lists are ordered by `noise`, so that it looks good to whoever forgets the positions; explored ones are in random order.
 */
export function examples({
  lists = 600,
  items = 5,
  explored = 0.4,
  seed = 1,
}: {
  lists?: number;
  items?: number;
  explored?: number;
  seed?: number;
} = {}): Dataset {
  const draws = random(seed);
  const shelf = random(seed, 1);
  const rows = lists * items;
  const featureNames = ['taste', 'noise', 'popularity', 'constant'];
  const dataset: Dataset = {
    featureNames,
    rows,
    features: new Float32Array(rows * featureNames.length),
    position: new Float32Array(rows),
    clicked: new Uint8Array(rows),
    carted: new Uint8Array(rows),
    purchased: new Uint8Array(rows),
    dismissed: new Uint8Array(rows).fill(UNKNOWN),
    weight: new Float32Array(rows).fill(1),
    propensity: new Float32Array(rows).fill(Number.NaN),
    explored: new Uint8Array(rows),
    items: Array.from({ length: CATALOGUE }, (_, item) => `item-${item}`),
    item: Int32Array.from({ length: rows }, () => shelf.below(CATALOGUE)),
    list: new Int32Array(rows),
    history: new Int32Array(lists * HISTORY).fill(-1),
    contents: {},
    user: new Int32Array(rows),
    at_ms: new Float64Array(rows),
  };
  for (let list = 0; list < lists; list++) {
    const isExplored = draws.uniform() < explored;
    const shown = Array.from({ length: items }, () => ({ taste: draws.normal(), noise: draws.normal() }));
    if (!isExplored) shown.sort((a, b) => b.noise - a.noise);
    for (const [position, { taste, noise }] of shown.entries()) {
      const row = list * items + position;
      const logit = -1 + 1.5 * taste - 0.8 * position;
      dataset.features.set([100 + 20 * taste, noise, 0.3 * taste + draws.normal(), 7], row * featureNames.length);
      dataset.position[row] = position;
      dataset.clicked[row] = Number(draws.uniform() < 1 / (1 + Math.exp(-logit)));
      dataset.explored[row] = Number(isExplored);
      dataset.list[row] = list;
      dataset.user[row] = list % Math.ceil(lists / 4);
      dataset.at_ms[row] = 1_000 * list;
    }
  }
  return dataset;
}

/** A column of the features, as the scores of a ranker. */
export function column({ features, featureNames, rows }: Dataset, name: string): Float32Array {
  const at = featureNames.indexOf(name);
  return Float32Array.from({ length: rows }, (_, row) => features[row * featureNames.length + at]!);
}
