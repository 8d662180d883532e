import type { Sequences } from '../controls/scorer.ts';
import type { NextItems } from '../evaluate/ranks.ts';
import { initialRanker, openSequenceRanker, type RankerModel, type SequenceRanker } from '../sequence/ranker.ts';
import { type RankerEpoch, type RankerTraining, trainSequenceRanker } from '../sequence/train.ts';
import { goodnessOf } from './choices.ts';

/** How the rankers of a blend are trained. */
export interface RankersRecipe
  extends Pick<
    RankerTraining,
    'shape' | 'dropout' | 'negatives' | 'tokens' | 'rate' | 'epochs' | 'every' | 'hardening'
  > {
  /** By their names, in what they differ. */
  readonly rankers: Readonly<Record<string, Pick<RankerModel, 'temperature'>>>;
}

export interface RankersTraining {
  readonly recipe: RankersRecipe;
  readonly model: Pick<RankerModel, 'items' | 'contents'>;
  readonly sequences: Sequences;
  /** By what they find of this, in NDCG@10, the best stage of each training is chosen. */
  readonly judges: NextItems;
  /** Each ranker has a seed of its own that follows from this one. */
  readonly seed: number;
  /** For all of them. */
  readonly seconds: number;
}

/** A ranker as it was trained, open. */
export interface OpenRanker {
  readonly model: RankerModel;
  readonly parameters: Float32Array;
  readonly scorer: SequenceRanker;
}

export interface RankersHooks {
  /** Hears of every epoch. */
  onEpoch?: (name: string, epoch: RankerEpoch) => void;
  /** Hears that it goes on, where no epoch tells so. */
  onTry?: () => void;
  /** Stops training before the next step, with the signal's reason. */
  signal?: AbortSignal;
}

/** Trains one ranker after the other. */
export async function trainRankers(
  { recipe, model, sequences, judges, seed, seconds }: RankersTraining,
  { onEpoch, signal }: RankersHooks = {},
): Promise<Record<string, OpenRanker>> {
  const { rankers, ...how } = recipe;
  const count = Object.keys(rankers).length;
  const trained: Record<string, OpenRanker> = {};
  for (const [place, [name, changed]] of Object.entries(rankers).entries()) {
    const own = { ...how, ...model, ...changed, seed: (seed - 1) * count + place + 1 };
    const scorer = await openSequenceRanker(own, initialRanker(own, own.seed));
    const validate = async (parameters: Float32Array) => {
      await scorer.use(parameters);
      return await goodnessOf(scorer, judges);
    };
    const parameters = await trainSequenceRanker(
      { ...own, sequences, seconds: seconds / count, validate },
      { onEpoch: epoch => onEpoch?.(name, epoch), ...(signal && { signal }) },
    );
    await scorer.use(parameters);
    trained[name] = { model: own, parameters, scorer };
  }
  return trained;
}
