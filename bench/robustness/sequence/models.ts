import { type Victim, victimOf } from '../../../models/attack/history/victim.ts';
import type { Contents } from '../../../models/controls/contents.ts';
import type { Sequences } from '../../../models/controls/scorer.ts';
import type { NextItems } from '../../../models/evaluate/ranks.ts';
import { withoutLockstep } from '../../../models/harden/lockstep.ts';
import type { SequenceHardening } from '../../../models/harden/sequence-loss.ts';
import { goodnessOf } from '../../../models/next-item/choices.ts';
import { initialRanker, openSequenceRanker, type RankerModel } from '../../../models/sequence/ranker.ts';
import { type RankerTraining, trainSequenceRanker } from '../../../models/sequence/train.ts';

/** Smaller than what `eval:next-item` trains, so that a dozen of them are trained in half an hour. */
export const SMALL = {
  shape: { width: 32, length: 30, blocks: 1, heads: 2, forward: 64 },
  dropout: 0.4,
  negatives: 512,
  tokens: 2_048,
  rate: 4e-3,
  epochs: 20,
  every: 5,
} satisfies Partial<RankerTraining>;

/** What is tried on it beside the filter; `HARDENING.blend` is what earned its place. */
export const TRIED: SequenceHardening = {
  after: 0.6,
  vectors: { norm: 'linf', budget: 0.1, steps: 1 },
  share: 0.3,
  tokens: 0.1,
  strangers: 0.1,
};

export interface SmallTraining {
  readonly items: number;
  readonly contents: Contents | undefined;
  readonly sequences: Sequences;
  readonly judges: NextItems;
  readonly seed: number;
  readonly seconds: number;
  readonly hardening?: SequenceHardening | undefined;
  readonly temperature?: number;
}

/** Trains one ranker; a hardened one learns nothing of users in lockstep. */
export async function trainedVictim({ judges, ...given }: SmallTraining): Promise<Victim & { validation: number }> {
  const { items, contents, temperature, hardening, sequences } = given;
  const model: RankerModel = { items, contents, temperature, shape: SMALL.shape };
  const scorer = await openSequenceRanker(model, initialRanker(model, given.seed));
  let validation = 0;
  const validate = async (parameters: Float32Array) => {
    await scorer.use(parameters);
    const found = await goodnessOf(scorer, judges);
    validation = Math.max(validation, found);
    return found;
  };
  try {
    const learned = hardening ? withoutLockstep(sequences) : sequences;
    const parameters = await trainSequenceRanker({ ...SMALL, ...given, ...model, sequences: learned, validate });
    return { ...(await victimOf(model, parameters)), validation };
  } finally {
    await scorer.release();
  }
}
