import { movedFeatures } from '../../../models/attack/features/feature-attack.ts';
import { ndcg } from '../../../models/evaluate/metrics.ts';
import { random } from '../../../models/random.ts';
import { type Dataset, listsOf } from '../../../models/ranker/dataset/dataset.ts';
import type { Worth } from '../paired.ts';
import type { Served } from './rankers.ts';

type Attack = Parameters<typeof movedFeatures>[3];

/** What attacks on features start from. */
export interface Scene {
  /** What is judged by. */
  readonly later: Dataset;
  /** By whose deviations changes are measured. */
  readonly train: Dataset;
  /** Another ranker than those that are judged. */
  readonly surrogate: Served;
  readonly seed: number;
}

const FGSM: Attack = { norm: 'linf', budget: 0.25, steps: 1, stepSize: 0.25 };
const PGD = { norm: 'linf', steps: 10 } as const;
/** Of the items, those of who pushes. */
const OWNED = 0.1;

/** The features under each attack on this ranker. */
export const ATTACKS: Readonly<Record<string, (served: Served, scene: Scene) => Promise<Float32Array>>> = {
  'features, FGSM, linf 0.25': worst(FGSM),
  'features, PGD of 10 steps, linf 0.25': worst({ ...PGD, budget: 0.25 }),
  'features, PGD of 10 steps, linf 0.5': worst({ ...PGD, budget: 0.5 }),
  'features, PGD of 10 steps, l2 1': worst({ norm: 'l2', budget: 1, steps: 10 }),
  'features, PGD of 10 steps, l1 2': worst({ norm: 'l1', budget: 2, steps: 10 }),
  'a tenth of the items is pushed, linf 0.5, found against itself': (served, scene) => pushing(served, scene),
  'a tenth of the items is pushed, linf 0.5, found against another model': (_, scene) =>
    pushing(scene.surrogate, scene),
};

/** Every row as wrong as can be, by who knows what was clicked. */
function worst(attack: Attack) {
  return ({ model, fed }: Served, { later, train }: Scene) => movedFeatures(model, later, train, attack, fed(later));
}

/** The items of one seller look as good as they can be made, whether somebody clicked them or not. */
async function pushing({ model, fed }: Served, { later, train, seed }: Scene): Promise<Float32Array> {
  const width = later.featureNames.length;
  const order = random(seed, 79).shuffle(Int32Array.from(later.items.keys()));
  const owned = new Set(order.subarray(0, Math.ceil(OWNED * order.length)));
  const unwanted = { ...later, clicked: new Uint8Array(later.rows) };
  const moved = await movedFeatures(model, unwanted, train, { ...PGD, budget: 0.5 }, fed(unwanted));
  const features = later.features.slice();
  for (const [row, item] of later.item.entries()) {
    if (owned.has(item)) features.set(moved.subarray(row * width, (row + 1) * width), row * width);
  }
  return features;
}

const K = 10;

/** What a ranker is worth on lists with a click. */
export async function worthOn(served: Served, examples: Dataset): Promise<Worth> {
  const scores = await served.score(examples);
  const judged = [...listsOf(examples)].flatMap(([start, end]) => {
    const gain = end - start < 2 ? null : ndcg(scores.subarray(start, end), examples.clicked.subarray(start, end), K);
    return gain === null ? [] : [{ gain, user: examples.user[start]! }];
  });
  return {
    gains: Float64Array.from(judged, ({ gain }) => gain),
    users: Int32Array.from(judged, ({ user }) => user),
  };
}
