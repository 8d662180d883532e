import { random } from '../../../models/random.ts';
import { type Dataset, UNKNOWN } from '../../../models/ranker/dataset/dataset.ts';
import { HISTORY } from '../../../models/ranker/model.ts';

const KINDS = 4;
const WIDTH = 8;
const PER_LIST = 5;

/**
 * Made-up examples whose features say nothing: users click on items of the kind that their history is of. An item's text
 * tells its kind, pictures tell it of every other item, and the items of the last fifth of the lists are new.
 */
export function tastes({
  lists = 900,
  items = 60,
  seed = 1,
}: {
  lists?: number;
  items?: number;
  seed?: number;
} = {}): Dataset {
  const draws = random(seed);
  const rows = lists * PER_LIST;
  const all = 2 * items; // the second half is new
  const kindOf = (item: number) => item % KINDS;
  const dataset: Dataset = {
    featureNames: ['noise', 'constant'],
    rows,
    features: Float32Array.from({ length: rows * 2 }, (_, at) => (at % 2 === 0 ? draws.normal() : 3)),
    position: Float32Array.from({ length: rows }, (_, row) => row % PER_LIST),
    clicked: new Uint8Array(rows),
    carted: new Uint8Array(rows),
    purchased: new Uint8Array(rows),
    dismissed: new Uint8Array(rows).fill(UNKNOWN),
    weight: new Float32Array(rows).fill(1),
    propensity: new Float32Array(rows).fill(Number.NaN),
    explored: new Uint8Array(rows).fill(1),
    items: Array.from({ length: all }, (_, item) => `item-${item}`),
    item: new Int32Array(rows),
    list: Int32Array.from({ length: rows }, (_, row) => Math.floor(row / PER_LIST)),
    history: new Int32Array(lists * HISTORY).fill(-1),
    contents: {
      text: { encoder: 'words@1', ...vectorsOf(all, kindOf, random(seed, 1), () => true) },
      image: { encoder: 'eyes@1', ...vectorsOf(all, kindOf, random(seed, 2), item => item % 8 < 4) },
    },
    user: Int32Array.from({ length: rows }, (_, row) => Math.floor(row / PER_LIST) % 50),
    at_ms: Float64Array.from({ length: rows }, (_, row) => 1_000 * Math.floor(row / PER_LIST)),
  };
  for (let list = 0; list < lists; list++) {
    const liked = draws.below(KINDS);
    const known = draws.below(6);
    for (let k = 0; k < known; k++) dataset.history[list * HISTORY + k] = liked + KINDS * draws.below(items / KINDS);
    for (let row = list * PER_LIST; row < (list + 1) * PER_LIST; row++) {
      const item = draws.below(items) + (list < 0.8 * lists ? 0 : items);
      dataset.item[row] = item;
      dataset.clicked[row] = Number(draws.uniform() < (known > 0 && kindOf(item) === liked ? 0.7 : 0.15));
      dataset.carted[row] = dataset.clicked[row]! && Number(draws.uniform() < 0.5);
    }
  }
  return dataset;
}

function vectorsOf(
  items: number,
  kindOf: (item: number) => number,
  draws: ReturnType<typeof random>,
  has: (item: number) => boolean,
): { width: number; vectors: Float32Array; present: Uint8Array } {
  const vectors = new Float32Array(items * WIDTH);
  const present = new Uint8Array(items);
  for (let item = 0; item < items; item++) {
    const vector = Array.from({ length: WIDTH }, (_, k) => Number(k === kindOf(item)) + 0.15 * draws.normal());
    const length = Math.hypot(...vector);
    if (!has(item)) continue;
    vectors.set(
      vector.map(each => each / length),
      item * WIDTH,
    );
    present[item] = 1;
  }
  return { width: WIDTH, vectors, present };
}
