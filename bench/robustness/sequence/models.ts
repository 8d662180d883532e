import { type Victim, victimOf } from '../../../models/attack/history/victim.ts';
import { blend, type Part } from '../../../models/controls/blend.ts';
import type { Contents } from '../../../models/controls/contents.ts';
import type { Scorer, Sequences } from '../../../models/controls/scorer.ts';
import type { NextItems } from '../../../models/evaluate/ranks.ts';
import type { BlendHardening } from '../../../models/harden/hardening.ts';
import { withoutLockstep } from '../../../models/harden/lockstep.ts';
import { type Division, UNDIVIDED } from '../../../models/harden/parts.ts';
import type { RankersRecipe } from '../../../models/next-item/rankers.ts';
import { type Learned, learnVoices, trainNextItem } from '../../../models/next-item/train.ts';
import { voicesOf } from '../../../models/next-item/voices.ts';

/** Smaller than what `eval:next-item` trains, so that a dozen of them are trained in half an hour. */
const RECIPE: RankersRecipe = {
  shape: { width: 32, length: 30, blocks: 1, heads: 2, forward: 64 },
  dropout: 0.4,
  negatives: 512,
  tokens: 2_048,
  rate: 4e-3,
  epochs: 20,
  every: 5,
  rankers: { network: {} },
};
/** For the choice of the voices' weights. */
const CHOICE_SECONDS = 60;

/** A blend as it serves, and what an attack on its network has to know. */
export interface Served {
  readonly victim: Victim;
  readonly voices: Learned;
  /** What the network and each voice counts. */
  readonly weights: Readonly<Record<string, number>>;
  readonly division: Division;
}

export interface SmallTraining {
  readonly names: readonly string[];
  readonly described: readonly (readonly string[])[];
  readonly sequences: Sequences;
  readonly judges: NextItems;
  readonly seed: number;
  readonly seconds: number;
  readonly hardening?: BlendHardening | undefined;
  readonly temperature?: number;
}

/** Trains one network, and blends it with the voices beside it as a retraining does. */
export async function trainedBlend(given: SmallTraining): Promise<Served> {
  const { names, described, judges, seed, seconds, hardening, temperature } = given;
  const training = hardening ? withoutLockstep(given.sequences, hardening.lockstep) : given.sequences;
  const division = hardening?.division ?? UNDIVIDED;
  const data = { names, described, training, judges };
  const voices = await learnVoices(data, 0);
  const recipe = temperature === undefined ? RECIPE : { ...RECIPE, rankers: { network: { temperature } } };
  // The network has its time, and what is left of the rest is for the choice.
  const how = { recipe, seed, seconds: seconds + CHOICE_SECONDS, division };
  const trained = await trainNextItem(data, voices, how);
  const { model, parameters } = trained.rankers.network!;
  await trained.release();
  return { victim: await victimOf(model, parameters), voices, weights: trained.weights, division };
}

/**
 * The blend with a network that was attacked, or with items that describe themselves otherwise.
 *
 * @param network on its scale, asked about what the blend is asked about
 */
export function blendWith(
  { voices: { tables, options }, weights }: Served,
  network: Part,
  contents: Contents | undefined = tables.contents as Contents | undefined,
): Scorer {
  const voices = Object.entries<Part>(voicesOf({ ...tables, contents }, options));
  const parts = [network, ...voices.map(([, voice]) => voice)];
  return blend(parts, [weights.network!, ...voices.map(([name]) => weights[name]!)]);
}
