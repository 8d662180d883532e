import { type Part, toDeviations } from '../controls/blend.ts';
import type { Described } from '../controls/content-neighbours.ts';
import { type Contents, contentsOf } from '../controls/contents.ts';
import { countItems } from '../controls/popularity.ts';
import { learnRules, type RuleOptions } from '../controls/rules.ts';
import type { Sequences } from '../controls/scorer.ts';
import type { NextItems } from '../evaluate/ranks.ts';
import { type Division, inParts, UNDIVIDED } from '../harden/parts.ts';
import { servingFile } from '../sequence/serve.ts';
import { chooseCoOccurrence, chooseWeights } from './choices.ts';
import type { BlendFile } from './model.ts';
import { type OpenRanker, type RankersHooks, type RankersRecipe, trainRankers } from './rankers.ts';
import { type BlendTables, encodeTables } from './tables.ts';
import { type Voices, voicesOf } from './voices.ts';

/** What users took, and what it was. */
export interface NextItemData {
  /** Of the items, by their numbers. */
  readonly names: readonly string[];
  /** Of each item its tokens; see `contentsOf`. */
  readonly described: readonly (readonly string[])[];
  /** What everything is learned from. */
  readonly training: Sequences;
  /** What everything is chosen by, later than that. */
  readonly judges: NextItems;
}

/** What no seed changes: the co-occurrence that was chosen, and what the voices beside the rankers have learned. */
export interface Learned {
  readonly options: RuleOptions;
  readonly contents: Contents | undefined;
  readonly tables: Pick<BlendTables, 'rules' | 'counts' | 'contents'>;
  readonly voices: Voices;
}

/**
 * @param seconds for the choice of a co-occurrence
 * @param onTry hears of every one that is tried
 */
export async function learnVoices(
  { names, described, training, judges }: NextItemData,
  seconds: number,
  onTry?: () => void,
): Promise<Learned> {
  const contents = contentsOf(described);
  const options = await chooseCoOccurrence(training, names.length, judges, seconds, onTry);
  const tables = {
    rules: learnRules(training, names.length, options),
    counts: countItems(training, names.length),
    contents: contents satisfies Described | undefined,
  };
  return { options, contents, tables, voices: voicesOf(tables, options) };
}

/** Of a training's time, for its rankers; what they leave is for the choice of weights. */
const RANKERS_SHARE = 0.85;

/** A blend's scores as they are. */
const UNCALIBRATED = { blend: 1, rate: 0, bias: 0, column: 0 };

export interface NextItemTraining {
  readonly recipe: RankersRecipe;
  readonly seed: number;
  /** For the trainings of all rankers, and the choice of their weights. */
  readonly seconds: number;
  /** How rankers look at a history, as it is where it is not said; see `inParts`. */
  readonly division?: Division | undefined;
}

/** A blend, and the rankers in it, which are still open. */
export interface TrainedNextItem {
  readonly file: BlendFile & { readonly model: Uint8Array };
  /** What each ranker and each voice counts. */
  readonly weights: Readonly<Record<string, number>>;
  readonly rankers: Readonly<Record<string, OpenRanker>>;
  release(): Promise<void>;
}

/**
 * Trains rankers, chooses what they and the other voices count, and puts all of it into files for serving. Everything
 * is chosen by the judges, and nothing is learned from them.
 *
 * @throws DATA_INSUFFICIENT where no user has two events, TRAINING_DIVERGED, or the signal's reason
 */
export async function trainNextItem(
  { names, training: sequences, judges }: NextItemData,
  { options, contents, tables, voices }: Learned,
  { recipe, seed, seconds, division = UNDIVIDED }: NextItemTraining,
  hooks: RankersHooks = {},
): Promise<TrainedNextItem> {
  const end = performance.now() + seconds * 1_000;
  const model = { items: names.length, contents };
  const training = { recipe, model, sequences, judges, seed, seconds: seconds * RANKERS_SHARE };
  const rankers = await trainRankers(training, hooks);
  const spoken = Object.entries(rankers).map(([name, { scorer }]): [string, Part] => [
    name,
    inParts({ scorer, scaled: toDeviations }, division),
  ]);
  const all = [...spoken, ...Object.entries<Part>(voices)];
  const left = (end - performance.now()) / 1_000;
  const weights = await chooseWeights<string>(Object.fromEntries(all), judges, left, hooks.onTry);
  const { together = 0, content = 0, popular = 0 } = weights;
  const settings = {
    length: recipe.shape.length,
    division,
    weights: { together, content, popular },
    rules: { newest: options.newest, decay: options.decay },
    click: UNCALIBRATED,
  };
  const weighted = Object.entries(rankers).map(([name, ranker]) => ({ ...ranker, weight: weights[name]! }));
  return {
    file: { model: await servingFile(weighted), items: names, tables: encodeTables({ settings, ...tables }) },
    weights,
    rankers,
    release: async () => {
      for (const { scorer } of Object.values(rankers)) await scorer.release();
    },
  };
}
