import { contentSimilarity } from '../../../models/controls/content-neighbours.ts';
import { popularity } from '../../../models/controls/popularity.ts';
import { CO_OCCURRENCE, rules } from '../../../models/controls/rules.ts';
import type { Scorer } from '../../../models/controls/scorer.ts';
import { evenly, type NextItems } from '../../../models/evaluate/ranks.ts';
import { openNextItem } from '../../../models/next-item/model.ts';
import type { RankersRecipe } from '../../../models/next-item/rankers.ts';
import { learnVoices, trainNextItem } from '../../../models/next-item/train.ts';
import { beyondAccuracy, countsOf, type ListFigures } from '../beyond-accuracy.ts';
import { type Figures, figuresOf, K, spread } from '../figures.ts';
import { listsOf } from './lists.ts';
import type { LeftOut } from './sequences.ts';

/** Users by whom everything is chosen: co-occurrence, the stage of a training, and the weights of the blend. */
const JUDGES = 5_000;
/** Of all time, for the choice of a co-occurrence. */
const CHOICE_SHARE = 0.1;
/** Of the time that is left for a seed, for its training; the rest is for its test. */
const TRAINING_SHARE = 0.8;

export interface NextItemOptions {
  readonly recipe: RankersRecipe;
  readonly seeds: number;
  /** Of wall clock, for all seeds. */
  readonly minutes: number;
}

/** What one seed came to. */
interface Run {
  readonly served: Figures;
  readonly alone: Readonly<Record<string, Figures>>;
  readonly lists: ListFigures;
  readonly weights: Readonly<Record<string, number>>;
}

/**
 * What the blend of sequence rankers with the controls is worth, and each of them alone. Everything is chosen by the
 * validation part; nothing is learned from it, and the test part is read last.
 *
 * @param described of each item its tokens
 */
export async function measureNextItem(
  { names, training, validation, test }: LeftOut,
  described: readonly (readonly string[])[],
  { recipe, seeds, minutes }: NextItemOptions,
  say: (line: string) => void,
) {
  const started = performance.now();
  const passed = () => (performance.now() - started) / 60_000;
  const items = names.length;
  const data = { names, described, training, judges: evenly(validation, JUDGES) };
  const learned = await learnVoices(data, minutes * 60 * CHOICE_SHARE);
  const { options: chosen, contents, voices } = learned;
  say(`co-occurrence, chosen by validation: ${JSON.stringify({ ...chosen, weightOf: chosen.weightOf(2) })}`);
  const runs: Run[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    runs.push(await measured(seed, ((minutes - passed()) * 60) / (seeds - seed + 1)));
    say(`seed ${seed}: ${JSON.stringify(runs.at(-1))}`);
  }
  const controls = {
    popularity: popularity(training, items),
    knn: rules(training, items, CO_OCCURRENCE),
    tuned_knn: voices.together.scorer,
    ...(voices.content && { content: voices.content.scorer }),
  };
  return {
    protocol: 'leave one out, the last event among all items but those of the history',
    seeds,
    model: spread(runs.map(({ served }) => served)),
    alone: eachOf(Object.keys(recipe.rankers), name => spread(runs.map(({ alone }) => alone[name]!))),
    controls: await figuresOfEach(controls, test),
    lists: runs.map(({ lists }) => lists),
    weights: runs.map(({ weights }) => weights),
    users: test.targets.length,
    items,
    minutes: passed(),
  };

  async function measured(seed: number, seconds: number): Promise<Run> {
    const trained = await trainNextItem(
      data,
      learned,
      { recipe, seed, seconds: seconds * TRAINING_SHARE },
      {
        onEpoch: (name, { epoch, loss, validation, seconds: passed }) => {
          if (validation === null) return;
          const figures = `loss ${loss.toFixed(4)}, NDCG@10 ${validation.toFixed(4)}, ${passed.toFixed(0)} s`;
          say(`seed ${seed}, ${name}, epoch ${epoch}: ${figures}`);
        },
      },
    );
    const rankers = eachOf(Object.keys(trained.rankers), name => trained.rankers[name]!.scorer);
    const served = await openNextItem(trained.file);
    const run = {
      served: await figuresOf(served.scorer, test),
      alone: await figuresOfEach(rankers, test),
      lists: beyondAccuracy(await listsOf(served.scorer, test.histories, K), {
        items,
        taken: countsOf(
          items,
          training.flatMap(sequence => [...sequence]),
        ),
        similarity: contents && contentSimilarity(contents),
      }),
      weights: trained.weights,
    };
    await served.release();
    await trained.release();
    return run;
  }
}

async function figuresOfEach(scorers: Readonly<Record<string, Scorer>>, moments: NextItems) {
  const found: Record<string, Figures> = {};
  for (const [name, scorer] of Object.entries(scorers)) found[name] = await figuresOf(scorer, moments);
  return found;
}

function eachOf<V>(names: readonly string[], of: (name: string) => V): Record<string, V> {
  return Object.fromEntries(names.map(name => [name, of(name)]));
}
