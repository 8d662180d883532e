import { ListBatches } from '../../../models/fusion/batches.ts';
import { openFusionRanker } from '../../../models/fusion/ranker.ts';
import { readable, widthsOf } from '../../../models/fusion/shape.ts';
import { type FusionOptions, trainFusionRanker } from '../../../models/fusion/train.ts';
import { Vocabulary } from '../../../models/fusion/vocabulary.ts';
import type { Batch } from '../../../models/graph/training/batches.ts';
import { inOrder } from '../../../models/graph/training/plans.ts';
import type { Dataset } from '../../../models/ranker/dataset/dataset.ts';
import { openFeatureRanker } from '../../../models/ranker/feature-model.ts';
import type { RankerModel } from '../../../models/ranker/model.ts';
import { type TrainOptions, trainRanker } from '../../../models/ranker/train.ts';

/** A ranker as it serves, and with what an attack on it is fed. */
export interface Served {
  /** The ONNX file. */
  readonly model: Uint8Array;
  score(examples: Dataset): Promise<Float32Array>;
  /** Rows of examples in their order; all of its inputs, and `clicked` [N, 1]. */
  fed(examples: Dataset): Iterable<Batch> | undefined;
}

type Parts = Parameters<typeof trainRanker>[0];
type Options = Pick<TrainOptions, 'seed' | 'hardening'>;

export const KINDS = {
  perceptron: async (parts: Parts, options: Options): Promise<Served> => perceptron(parts, options),
  fusion: async (parts: Parts, options: Options): Promise<Served> => fusion(parts, options),
};
export type Kind = keyof typeof KINDS;

export async function perceptron(
  parts: Parts,
  options: Pick<TrainOptions, 'seed' | 'hardening' | 'hidden'>,
): Promise<Served> {
  const { model } = await trainRanker(parts, options);
  const open = () => openFeatureRanker(model, parts.train.featureNames.length);
  return { model, score: examples => scored(open, examples), fed: () => undefined };
}

/** Lists in a run of an attack. */
const LISTS = 128;

export async function fusion(parts: Parts, options: FusionOptions): Promise<Served> {
  const { model, items, contents } = await trainFusionRanker(parts, options);
  const features = parts.train.featureNames.length;
  const shape = { features, items: items.length, contents: widthsOf(contents) };
  const vocabulary = new Vocabulary(items);
  return {
    model,
    score: examples => scored(() => openFusionRanker({ model, items, contents, features }), examples),
    fed(examples) {
      const batches = new ListBatches(readable(examples, contents), {
        shape,
        ids: vocabulary.rowsOf(examples.items),
        columns: { clicked: { data: examples.clicked, width: 1 } },
      });
      return batches.of(inOrder(batches.lists.length, LISTS));
    },
  };
}

async function scored(open: () => Promise<RankerModel>, examples: Dataset): Promise<Float32Array> {
  const ranker = await open();
  try {
    return await ranker.score(examples);
  } finally {
    await ranker.release();
  }
}
