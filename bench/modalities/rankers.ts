import { POPULARITY_FEATURE } from '../../models/features/aggregates/defaults.ts';
import { openFusionRanker } from '../../models/fusion/ranker.ts';
import { MODALITIES, specsOf } from '../../models/fusion/shape.ts';
import { type FusionOptions, trainFusionRanker } from '../../models/fusion/train.ts';
import { whitened, whiteningsOf } from '../../models/fusion/whitening.ts';
import type { Dataset } from '../../models/ranker/dataset/dataset.ts';
import { openFeatureRanker } from '../../models/ranker/feature-model.ts';
import { type Contents, HISTORY, type RankerBatch, type RankerModel } from '../../models/ranker/model.ts';
import { popularityModel } from '../../models/ranker/popularity.ts';
import { trainRanker } from '../../models/ranker/train.ts';
import { Modality } from '../../schemas/topics/vectors.ts';

/** Directions of each modality that are put side by side. */
const SIDE_BY_SIDE = 32;

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
 * Plain concatenation: a perceptron over the features and, of each modality, the whitened vector of the item and the mean
 * of those of the user's items, side by side.
 */
export const byConcatenation: Trained = async ({ train, validation }, seed) => {
  const whitenings = await whiteningsOf(train, specsOf(train, MODALITIES), SIDE_BY_SIDE);
  const wide = async <B extends RankerBatch>(batch: B) => withVectors(await whitened(batch, whitenings));
  const [learned, held] = [await wide(train), await wide(validation)];
  const width = learned.features.length / learned.rows;
  const featureNames = Array.from({ length: width }, (_, column) => train.featureNames[column] ?? `number ${column}`);
  const parts = { train: { ...learned, featureNames }, validation: { ...held, featureNames } };
  const { model } = await trainRanker(parts, { seed });
  const opened = await openFeatureRanker(model, width);
  return { ...opened, score: async batch => opened.score(await wide(batch)) };
};

function withVectors<B extends RankerBatch>(batch: B): B {
  const { rows, item, list, history } = batch;
  const before = batch.features.length / rows;
  const contents = Object.values(batch.contents);
  const width = contents.reduce((sum, each) => sum + 2 * each.width, before);
  const features = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const own = features.subarray(row * width, (row + 1) * width);
    own.set(batch.features.subarray(row * before, (row + 1) * before));
    const taken = history.subarray(list[row]! * HISTORY, (list[row]! + 1) * HISTORY).filter(each => each >= 0);
    let at = before;
    for (const { vectors, present, width: wide } of contents) {
      const vectorOf = (each: number) => (present[each] ? vectors.subarray(each * wide, (each + 1) * wide) : []);
      own.set(vectorOf(item[row]!), at);
      for (const each of taken) for (const [k, x] of vectorOf(each).entries()) own[at + wide + k]! += x / taken.length;
      at += 2 * wide;
    }
  }
  return { ...batch, features };
}

/** A ranker that learns, and is shown, other vectors of videos. */
export function withVideos(video: Contents, train: Trained): Trained {
  const changed = <B extends RankerBatch>(batch: B): B => ({ ...batch, contents: { ...batch.contents, video } });
  return async (parts, seed) => {
    const ranker = await train({ train: changed(parts.train), validation: changed(parts.validation) }, seed);
    return { score: batch => ranker.score(changed(batch)), release: () => ranker.release() };
  };
}

/** The same ranker where some modalities are missing when it serves. */
export function without(missing: readonly Modality[], batch: RankerBatch): RankerBatch {
  const kept = Modality.options.filter(modality => !missing.includes(modality));
  return { ...batch, contents: Object.fromEntries(kept.map(modality => [modality, batch.contents[modality]!])) };
}
