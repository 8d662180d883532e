import { openFusionRanker } from '../../../models/fusion/ranker.ts';
import { trainFusionRanker } from '../../../models/fusion/train.ts';
import { openNextItem } from '../../../models/next-item/model.ts';
import { trainBlendRanker } from '../../../models/next-item/train-ranker.ts';
import type { Dataset } from '../../../models/ranker/dataset/dataset.ts';
import { openFeatureRanker } from '../../../models/ranker/feature-model.ts';
import type { RankerModel } from '../../../models/ranker/model.ts';
import { type TrainOptions, trainRanker } from '../../../models/ranker/train.ts';

export interface Trained {
  ranker: RankerModel;
  /** Those that it kept. */
  epochs: number;
  epsilon: number | null;
}

export interface Way {
  /** Until it knows its own examples best, which nobody should do. */
  memorising?: boolean;
  train(parts: { train: Dataset; validation: Dataset }, seed: number): Promise<Trained>;
}

const LONG = { epochs: 60, patience: 60 };

/** How rankers of each kind that ships are trained. */
export const WAYS: Readonly<Record<string, Way>> = {
  'until it knows its examples': { memorising: true, train: perceptron(LONG) },
  'as it is: stopped by later lists': { train: perceptron() },
  'smaller: one layer of 16': { train: perceptron({ hidden: [16] }) },
  'noise 0.5': { train: perceptron({ privacy: { noise: 0.5, clip: 1 }, epochs: 10 }) },
  'noise 1': { train: perceptron({ privacy: { noise: 1, clip: 1 }, epochs: 10 }) },
  'noise 2': { train: perceptron({ privacy: { noise: 2, clip: 1 }, epochs: 10 }) },
  'fusion, until it knows its examples': { memorising: true, train: fusion(LONG) },
  'fusion, as it is': { train: fusion() },
  'sequence, as it is': { train: sequence },
};

function perceptron(options: Partial<TrainOptions> = {}): Way['train'] {
  return async (parts, seed) => {
    const { model, metrics, told } = await trainRanker(parts, { seed, ...options });
    const ranker = await openFeatureRanker(model, parts.train.featureNames.length);
    return { ranker, epochs: metrics.best_epoch, epsilon: told?.epsilon ?? null };
  };
}

/** By ids and histories: contents are the catalogue's, and nobody's. */
function fusion(options: { epochs?: number; patience?: number } = {}): Way['train'] {
  return async (parts, seed) => {
    const { model, items, contents, metrics } = await trainFusionRanker(parts, { seed, ...options });
    const features = parts.train.featureNames.length;
    const ranker = await openFusionRanker({ model, items, contents, features });
    return { ranker, epochs: metrics.best_epoch, epsilon: null };
  };
}

async function sequence(parts: { train: Dataset; validation: Dataset }, seed: number): Promise<Trained> {
  const trained = await trainBlendRanker(parts, { seed });
  return { ranker: await openNextItem(trained), epochs: trained.metrics.epochs!, epsilon: null };
}
