import { POPULARITY_FEATURE } from '../../models/features/aggregates/defaults.ts';
import { openFusionRanker } from '../../models/fusion/ranker.ts';
import { type FusionOptions, trainFusionRanker } from '../../models/fusion/train.ts';
import type { Dataset } from '../../models/ranker/dataset.ts';
import { openFeatureRanker } from '../../models/ranker/feature-model.ts';
import { HISTORY, type RankerBatch, type RankerModel } from '../../models/ranker/model.ts';
import { popularityModel } from '../../models/ranker/popularity.ts';
import { trainRanker } from '../../models/ranker/train.ts';
import { Modality } from '../../schemas/vectors.ts';

export interface Parts {
  train: Dataset;
  validation: Dataset;
}

/** A ranker as it is trained from the earlier lists, with what a seed decides in it. */
export type Trained = (parts: Parts, seed: number) => Promise<Pick<RankerModel, 'score' | 'release'>>;

export const byChance: Trained = async () => ({
  score: async ({ rows }) => new Float32Array(rows),
  release: async () => {},
});

export const byPopularity: Trained = async ({ train: { featureNames } }) =>
  await openFeatureRanker(popularityModel(featureNames, POPULARITY_FEATURE), featureNames.length);

export const byFeatures: Trained = async ({ train, validation }, seed) => {
  const { model } = await trainRanker({ train, validation }, { seed });
  return await openFeatureRanker(model, train.featureNames.length);
};

/** The fusion ranker, with the options under test. */
export function byFusion(options: Omit<FusionOptions, 'seed'>): Trained {
  return async ({ train, validation }, seed) => {
    const { model, items, contents } = await trainFusionRanker({ train, validation }, { seed, ...options });
    return await openFusionRanker({ model, items, contents, features: train.featureNames.length });
  };
}

/**
 * The perceptron over the features and, of each modality, how like the item is to the user's recent items: nothing of
 * the contents themselves is learned, so it tells what they say without much to learn from.
 */
export function byLikeness(modalities: readonly Modality[]): Trained {
  return async ({ train, validation }, seed) => {
    const [learned, held] = [train, validation].map(part => withLikeness(part, modalities));
    const featureNames = [...train.featureNames, ...modalities.map(modality => `pair.${modality}`)];
    const parts = {
      train: { ...train, ...learned, featureNames },
      validation: { ...validation, ...held, featureNames },
    };
    const { model } = await trainRanker(parts, { seed });
    const opened = await openFeatureRanker(model, featureNames.length);
    return { ...opened, score: batch => opened.score(withLikeness(batch, modalities)) };
  };
}

function withLikeness<B extends RankerBatch>(batch: B, modalities: readonly Modality[]): B {
  const width = batch.features.length / batch.rows;
  const wide = width + modalities.length;
  const features = new Float32Array(batch.rows * wide);
  for (let row = 0; row < batch.rows; row++) {
    features.set(batch.features.subarray(row * width, (row + 1) * width), row * wide);
  }
  for (const [at, modality] of modalities.entries()) {
    const likeness = likenessOf(batch, modality);
    for (let row = 0; row < batch.rows; row++) features[row * wide + width + at] = likeness[row]!;
  }
  return { ...batch, features };
}

/** The mean cosine of each row's item with those of its history, after what all items have in common is taken away. */
function likenessOf({ rows, item, list, history, contents }: RankerBatch, modality: Modality): Float32Array {
  const { width, vectors, present } = contents[modality]!;
  const apart = centred(vectors, present, width);
  const profile = new Float32Array(width);
  let owner = -1;
  return Float32Array.from({ length: rows }, (_, row) => {
    if (list[row] !== owner) {
      owner = list[row]!;
      profile.fill(0);
      const seen = history.subarray(owner * HISTORY, (owner + 1) * HISTORY).filter(each => each >= 0 && present[each]);
      for (const each of seen) for (let k = 0; k < width; k++) profile[k]! += apart[each * width + k]! / seen.length;
    }
    let cosine = 0;
    for (let k = 0; k < width; k++) cosine += profile[k]! * apart[item[row]! * width + k]!;
    return cosine;
  });
}

const known = new WeakMap<Float32Array, Float32Array>();

/** Vectors less their mean, of length 1 again; made once for all batches that share them. */
function centred(vectors: Float32Array, present: Uint8Array, width: number): Float32Array {
  const found = known.get(vectors);
  if (found) return found;
  const items = [...present.keys()].filter(item => present[item]);
  const mean = new Float32Array(width);
  for (const item of items) for (let k = 0; k < width; k++) mean[k]! += vectors[item * width + k]! / items.length;
  const apart = new Float32Array(vectors.length);
  for (const item of items) {
    const own = vectors.subarray(item * width, (item + 1) * width).map((value, k) => value - mean[k]!);
    const length = Math.hypot(...own);
    apart.set(length > 0 ? own.map(value => value / length) : own, item * width);
  }
  known.set(vectors, apart);
  return apart;
}

/** The same ranker where some modalities are missing when it serves. */
export function without(missing: readonly Modality[], batch: RankerBatch): RankerBatch {
  const kept = Modality.options.filter(modality => !missing.includes(modality));
  return { ...batch, contents: Object.fromEntries(kept.map(modality => [modality, batch.contents[modality]!])) };
}
