import type { NextItems } from '../evaluate/ranks.ts';
import { POPULARITY_FEATURE } from '../features/aggregates/defaults.ts';
import type { Provider } from '../graph/runtime.ts';
import type { BlendHardening } from '../harden/hardening.ts';
import { withoutLockstep } from '../harden/lockstep.ts';
import type { Dataset } from '../ranker/dataset/dataset.ts';
import { requireEnough } from '../ranker/dataset/statistics.ts';
import type { TrainProgress } from '../ranker/train.ts';
import { goodnessOf } from './choices.ts';
import { fitClick } from './click.ts';
import { type BlendFile, openNextItem } from './model.ts';
import type { RankersRecipe } from './rankers.ts';
import { recipeFor } from './recipe.ts';
import { splitForBlend } from './split.ts';
import { decodeTables, encodeTables } from './tables.ts';
import { learnVoices, trainNextItem } from './train.ts';

export interface BlendOptions {
  seed: number;
  /** Where it is not given, nothing is done about attacks. */
  hardening?: BlendHardening;
}

/** A blend that serves as a ranker. */
export interface TrainedBlend {
  model: Uint8Array;
  items: string[];
  tables: Buffer;
  provider: Provider;
  metrics: Record<string, number>;
}

/**
 * Trains a blend from the journeys before the validation part, chooses it by those within that part's first half, and
 * learns from the other what its scores and the items' click rates say of clicks. The same data, options and seed give the same files.
 *
 * @param parts of examples, in the order of time
 * @throws INPUT_INVALID where the examples come without journeys, DATA_INSUFFICIENT where users did too little,
 *   TRAINING_DIVERGED, or the signal's reason
 */
export async function trainBlendRanker(
  parts: { train: Dataset; validation: Dataset },
  { seed, hardening }: BlendOptions,
  { onProgress = () => {}, signal }: { onProgress?: (progress: TrainProgress) => void; signal?: AbortSignal } = {},
): Promise<TrainedBlend> {
  const started = performance.now();
  requireEnough(parts);
  const { items, described, training: all, judges, calibration } = splitForBlend(parts);
  const training = hardening ? withoutLockstep(all, hardening.lockstep) : all;
  const data = { names: items, described, training, judges };
  const events = training.reduce((sum, { length }) => sum + length, 0);
  const recipe = { ...recipeFor(events), hardening: hardening?.rankers };
  const hooks = { ...progressOf(recipe, onProgress), ...(signal && { signal }) };
  const learned = await learnVoices(data, Number.POSITIVE_INFINITY, hooks.onTry);
  const how = { recipe, seed, seconds: Number.POSITIVE_INFINITY, division: hardening?.division };
  const trained = await trainNextItem(data, learned, how, hooks);
  await trained.release();
  const { tables, goodness } = await judged(trained.file, judges, calibration);
  const weights = Object.entries(trained.weights).map(([name, weight]) => [`weight_${name}`, weight]);
  return {
    model: trained.file.model,
    items,
    tables,
    provider: 'cpu',
    metrics: {
      epochs: recipe.epochs,
      items: items.length,
      events,
      judges: judges.targets.length,
      calibration_rows: calibration.rows,
      validation_ndcg: goodness,
      seconds: (performance.now() - started) / 1_000,
      ...Object.fromEntries(weights),
    },
  };
}

/** What a blend finds, and its tables with what its scores say of clicks in lists that it has not learned from. */
async function judged(file: BlendFile, judges: NextItems, calibration: Dataset) {
  const column = calibration.featureNames.indexOf(POPULARITY_FEATURE);
  const blend = await openNextItem(file);
  try {
    const click = fitClick(await blend.score(calibration), calibration, calibration.clicked, column);
    const tables = decodeTables(file.tables, file.items.length, 'a trained blend');
    return {
      goodness: await goodnessOf(blend.scorer, judges),
      tables: encodeTables({ ...tables, settings: { ...tables.settings, click } }),
    };
  } finally {
    await blend.release();
  }
}

/** Epochs of one ranker after the other as those of one training; what is tried in between says the last of them again. */
function progressOf({ rankers, epochs, negatives }: RankersRecipe, onProgress: (progress: TrainProgress) => void) {
  const names = Object.keys(rankers);
  const all = { provider: 'cpu', epochs: names.length * epochs } as const;
  // At first all of so many are as likely.
  let last: TrainProgress = { ...all, epoch: 0, loss: Math.log(1 + negatives) };
  return {
    onEpoch(name: string, { epoch, loss }: { epoch: number; loss: number }) {
      last = { ...all, epoch: names.indexOf(name) * epochs + epoch, loss };
      onProgress(last);
    },
    onTry: () => onProgress(last),
  };
}
