import type { Sequences } from '../../../models/controls/scorer.ts';
import type { NextItems } from '../../../models/evaluate/ranks.ts';
import {
  initialRanker,
  openSequenceRanker,
  type RankerModel,
  type SequenceRanker,
} from '../../../models/sequence/ranker.ts';
import { type RankerTraining, trainSequenceRanker } from '../../../models/sequence/train.ts';
import { figuresOf } from '../figures.ts';

/** How the rankers of a blend are trained. */
export interface RankersRecipe
  extends Pick<RankerTraining, 'shape' | 'dropout' | 'negatives' | 'tokens' | 'rate' | 'epochs' | 'every'> {
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

/** Trains one ranker after the other. */
export async function trainRankers(
  { recipe, model, sequences, judges, seed, seconds }: RankersTraining,
  say: (line: string) => void,
): Promise<Record<string, SequenceRanker>> {
  const { rankers, ...how } = recipe;
  const count = Object.keys(rankers).length;
  const trained: Record<string, SequenceRanker> = {};
  for (const [place, [name, changed]] of Object.entries(rankers).entries()) {
    const own = { ...how, ...model, ...changed, seed: (seed - 1) * count + place + 1 };
    const ranker = await openSequenceRanker(own, initialRanker(own, own.seed));
    const validate = async (parameters: Float32Array) => {
      await ranker.use(parameters);
      return (await figuresOf(ranker, judges))['ndcg@10'];
    };
    const learned = await trainSequenceRanker(
      { ...own, sequences, seconds: seconds / count, validate },
      ({ epoch, loss, validation, seconds: passed }) => {
        const figures = `loss ${loss.toFixed(4)}, NDCG@10 ${validation.toFixed(4)}, ${passed.toFixed(0)} s`;
        say(`seed ${seed}, ${name}, epoch ${epoch}: ${figures}`);
      },
    );
    await ranker.use(learned);
    trained[name] = ranker;
  }
  return trained;
}
