import { TemperError } from '../../schemas/errors.ts';
import type { ContentSpecs } from '../../schemas/models/models.ts';
import { encode } from '../graph/file/encode.ts';
import { mean, slice, sum } from '../graph/functions.ts';
import { runName } from '../graph/training/checkpoint.ts';
import { adamW } from '../graph/training/descent/optimisers.ts';
import { fit } from '../graph/training/fit.ts';
import type { Parameters } from '../graph/training/parameters.ts';
import { inOrder, shuffled } from '../graph/training/plans.ts';
import { hardened } from '../harden/feature-loss.ts';
import { random } from '../random.ts';
import type { Dataset } from '../ranker/dataset/dataset.ts';
import {
  frequenciesOf,
  looksOf,
  positionsOf,
  requireEnough,
  standardOf,
  weightOf,
} from '../ranker/dataset/statistics.ts';
import { openValidator } from '../ranker/dataset/validator.ts';
import { metricsOf, type TrainedRanker, type TrainHooks, type TrainOptions } from '../ranker/train.ts';
import { beginning } from '../ranker/warm-start.ts';
import { ListBatches } from './batches.ts';
import { labelColumns, learnedFrom, ratesOf } from './labels.ts';
import { fusionParameters, headLosses, initialFusion, PERCEPTRON, servingFusion } from './network.ts';
import { type FusionShape, type ItemModality, MODALITIES, readable, specsOf, widthsOf } from './shape.ts';
import { Vocabulary, vocabularyOf } from './vocabulary.ts';
import { sizeOf, type Views, whitened, whitenedViews, whiteningsOf } from './whitening.ts';

export interface FusionOptions extends Omit<TrainOptions, 'batch'> {
  /** K, of the vectors that are learned by id. */
  width?: number;
  /** Of each modality, in how many directions vectors are compared. */
  directions?: number;
  /** Lists in a batch. */
  lists?: number;
  /** By what items may be known, as far as the examples have it. */
  modalities?: readonly ItemModality[];
  /** The share of an item's modalities that are left out in each batch. */
  modalityDropout?: number;
  /** Other vectors of the examples' items, such as of damaged pictures, which are learned from as well. */
  views?: Views;
  /** Of the learning rate, for the vectors that are learned by id. */
  idRate?: number;
  /** Of the same, towards 0; see `adamW`. */
  decay?: number;
  /** Of the moving average of the parameters, which is what is kept; see `MovingAverage`. */
  averageDecay?: number;
}

/** The ONNX file has the ports of `servingFusion`. */
export interface TrainedFusion extends TrainedRanker {
  /** The items that have a vector of their own, in the order of their rows. */
  items: string[];
  contents: ContentSpecs;
}

const DEFAULTS = {
  hidden: [64, 32],
  width: 16,
  directions: 64,
  learningRate: 1e-3,
  lists: 128,
  epochs: 20,
  patience: 3,
  modalities: MODALITIES,
  modalityDropout: 0.3,
  idRate: 0.3,
  decay: 0.05,
  averageDecay: 0.99,
  threads: 1,
  providers: ['cpu'],
} as const satisfies Omit<FusionOptions, 'seed'>;

const VALIDATION_LISTS = 512;

/**
 * Trains a ranker that sees what items are and what the user did last, beside the features, and gives back the
 * parameters of the epoch with the least validation loss of clicks. The same data, options and seed give the same
 * file, whether or not training was stopped and resumed in between.
 *
 * @param parts earlier examples to learn from, and later ones by which to stop
 * @throws DATA_INSUFFICIENT where a part is empty or has no click, INPUT_INVALID where nothing of the modalities is
 *   known, TRAINING_DIVERGED, or the signal's reason
 */
export async function trainFusionRanker(
  parts: { train: Dataset; validation: Dataset },
  given: FusionOptions,
  hooks: TrainHooks = {},
): Promise<TrainedFusion> {
  const { from, views, ...chosen } = given;
  const options = { ...DEFAULTS, ...chosen };
  requireEnough(parts);
  const { train, validation } = parts;
  const contents = specsOf(train, options.modalities);
  const items = options.modalities.includes('id') ? vocabularyOf(train) : [];
  requireKnown(items, contents, options.modalities);
  const vocabulary = new Vocabulary(items);
  const shape = shapeOf(train, items, contents, options);
  const [standard, whitenings] = [standardOf(train), await whiteningsOf(train, contents, options.directions, views)];
  const seen = {
    ...shape,
    contents: Object.fromEntries(Object.entries(whitenings).map(([modality, each]) => [modality, sizeOf(each)])),
  };
  const batchesOf = async (part: Dataset, dropout?: number, seenAs?: Views) =>
    new ListBatches(await whitened(readable(part, contents), whitenings), {
      shape: seen,
      ids: vocabulary.rowsOf(part.items),
      columns: labelColumns(part),
      ...(dropout !== undefined && { dropout: { rate: dropout, seed: options.seed } }),
      ...(seenAs && { views: { of: await whitenedViews(seenAs, train, whitenings), seed: options.seed } }),
    });
  const [learning, held] = [await batchesOf(train, options.modalityDropout, views), await batchesOf(validation)];
  const losses = (parameters: Parameters) => headLosses(seen, { standard, whitenings: {} }, parameters);
  const clicks = (parameters: Parameters) => slice(losses(parameters), 1, 0, 1);
  const vector = fusionParameters(shape);
  const { checkpointDir: directory, ...watching } = hooks;
  const frequencies = frequenciesOf(train, shape.positions);
  const { parameters, start } = beginning(
    {
      ...{ vector, seed: options.seed, train, standard, frequencies, items, contents },
      first: draws => initialFusion(shape, ratesOf(train), draws, looksOf(train, shape.positions)),
      perceptron: { prefix: PERCEPTRON, hidden: shape.hidden.length },
    },
    from,
  );
  const learned = [...[train, validation].flatMap(learnedFrom), ...Object.values(views ?? {}).flat()];
  const run = directory === undefined ? '' : runName({ ...options, shape }, [parameters, ...learned]);
  const plan = inOrder(held.lists.length, VALIDATION_LISTS);
  const validator = await openValidator(vector, clicks, { batches: held, plan, weight: weightOf(validation) }, options);
  try {
    const fitted = await fit(
      {
        ...options,
        vector,
        loss: parameters => hardened(mean(sum(losses(parameters), [1])), train, options.hardening),
        optimiser: adamW({ rate: options.learningRate, decay: options.decay }),
        groups: [{ match: /^item\./, rate: options.idRate }, { match: /^history\./ }, { match: /^/, decay: 0 }],
        start: parameters,
        columns: learning,
        plan: epoch => shuffled(learning.lists.length, options.lists, random(options.seed, epoch)),
        validate: validator.loss,
      },
      { ...watching, ...(directory !== undefined && { checkpoints: { directory, run } }) },
    );
    return {
      model: encode(servingFusion(shape, { standard, whitenings }, fitted.parameters, frequencies)),
      items,
      contents,
      provider: fitted.provider,
      losses: fitted.losses,
      metrics: metricsOf(fitted),
      ...(start && { start }),
    };
  } finally {
    await validator.release();
  }
}

function requireKnown(items: readonly string[], contents: ContentSpecs, modalities: readonly ItemModality[]): void {
  if (items.length > 0 || Object.keys(contents).length > 0) return;
  throw new TemperError('INPUT_INVALID', {
    where: 'the training of a fusion ranker',
    expected: `examples in which items are known by ${modalities.join(' or ')}`,
    got: 'none of it',
  });
}

function shapeOf(
  train: Dataset,
  items: readonly string[],
  contents: ContentSpecs,
  { hidden, width }: Required<Pick<FusionOptions, 'hidden' | 'width'>>,
): FusionShape {
  return {
    features: train.featureNames.length,
    hidden,
    positions: positionsOf(train),
    width,
    items: items.length,
    contents: widthsOf(contents),
  };
}
