import { ascend } from '../../models/controls/ascent.ts';
import { blend, type Part, toDeviations, toTop } from '../../models/controls/blend.ts';
import { contentNeighbours } from '../../models/controls/content-neighbours.ts';
import { contentsOf } from '../../models/controls/contents.ts';
import { popularity } from '../../models/controls/popularity.ts';
import { CO_OCCURRENCE, type RuleOptions, rules } from '../../models/controls/rules.ts';
import type { Scorer } from '../../models/controls/scorer.ts';
import { type NextItems, rankFigures, ranks } from '../../models/evaluate/ranks.ts';
import { initialRanker, openSequenceRanker } from '../../models/sequence/ranker.ts';
import { type RankerTraining, trainSequenceRanker } from '../../models/sequence/train.ts';
import { beyondAccuracy, listsOf } from './lists.ts';
import type { LeftOut } from './sequences.ts';
import { deviation, mean } from './spread.ts';

const K = 10;
/** What co-occurrence may be like: where it begins, and what is tried instead. */
const CO_OCCURRENCES = {
  reach: [5, 10, 50],
  weightOf: [
    (distance: number) => 1 / Math.sqrt(distance),
    CO_OCCURRENCE.weightOf,
    (distance: number) => distance ** -2,
  ],
  back: [0, 0.1, 0.2, 0.3, 0.5, 1],
  decay: [0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.9],
};
const CONTENT = { newest: 10, decay: 0.6 };
/** Of the other parts of the blend, where the ranker has 1. */
const WEIGHTS = [0, 0.25, 0.5, 1, 1.5, 2, 3, 4, 6];
/** Users by whom controls and each stage of a training are judged; all of them choose the blend. */
const JUDGES = 5_000;
/** Of the time that is left for a seed, for its training; the rest is for its blend and its test. */
const TRAINING_SHARE = 0.85;

export interface NextItemOptions extends Pick<RankerTraining, 'shape' | 'dropout' | 'negatives' | 'tokens' | 'rate'> {
  readonly epochs: number;
  readonly every: number;
  readonly seeds: number;
  readonly minutes: number;
}

export interface Figures {
  readonly 'hr@10': number;
  readonly 'ndcg@10': number;
}

/**
 * What the blend of a sequence ranker with the controls is worth, and each of them alone. Everything is chosen by the
 * validation part; nothing is learned from it, and the test part is read last.
 *
 * @param described of each item its tokens
 */
export async function measureNextItem(
  { names, training, validation, test }: LeftOut,
  described: readonly (readonly string[])[],
  options: NextItemOptions,
  say: (line: string) => void,
) {
  const started = performance.now();
  const minutes = () => (performance.now() - started) / 60_000;
  const items = names.length;
  const contents = contentsOf(described);
  const judges = some(validation, JUDGES);
  const chosen = await chooseCoOccurrence(training, items, judges);
  say(`co-occurrence, chosen by validation: ${JSON.stringify({ ...chosen, weightOf: chosen.weightOf(2) })}`);
  const controls = {
    popularity: byTop(popularity(training, items)),
    knn: byTop(rules(training, items, CO_OCCURRENCE)),
    tuned_knn: byTop(rules(training, items, chosen)),
    ...(contents && { content: byTop(contentNeighbours(contents, CONTENT)) }),
  };

  const runs = [];
  for (let seed = 1; seed <= options.seeds; seed++) {
    const seconds = ((options.minutes - minutes()) * 60 * TRAINING_SHARE) / (options.seeds - seed + 1);
    const ranker = await trainedRanker(seed, seconds);
    const { tuned_knn, content } = controls;
    const parts = { ranker: { scorer: ranker, scaled: toDeviations }, tuned_knn, ...(content && { content }) };
    const weights = await chooseWeights(parts, validation);
    say(`seed ${seed}: weights, chosen by validation: ${JSON.stringify(weights)}`);
    const served = blend(Object.values(parts), Object.values(weights));
    const lists = await listsOf(served, test.histories, K);
    runs.push({
      served: await figuresOf(served, test),
      alone: await figuresOf(ranker, test),
      lists: beyondAccuracy(lists, training, items, contents),
      weights,
    });
    await ranker.release();
  }
  return {
    protocol: 'leave one out, the last event among all items but those of the history',
    seeds: options.seeds,
    model: spread(runs.map(({ served }) => served)),
    alone: spread(runs.map(({ alone }) => alone)),
    lists: runs.map(({ lists }) => lists),
    weights: runs.map(({ weights }) => weights),
    controls: await eachOf(controls, ({ scorer }) => figuresOf(scorer, test)),
    users: test.targets.length,
    items,
    minutes: minutes(),
  };

  async function trainedRanker(seed: number, seconds: number) {
    const model = { items, shape: options.shape, contents };
    const ranker = await openSequenceRanker(model, initialRanker(model, seed));
    const validate = async (parameters: Float32Array) => {
      await ranker.use(parameters);
      return (await figuresOf(ranker, judges))['ndcg@10'];
    };
    const learned = await trainSequenceRanker(
      { ...options, ...model, sequences: training, seed, seconds, validate },
      ({ epoch, loss, validation: ndcg, seconds: passed }) =>
        say(
          `seed ${seed}, epoch ${epoch}: loss ${loss.toFixed(4)}, NDCG@10 ${ndcg.toFixed(4)}, ${passed.toFixed(0)} s`,
        ),
    );
    await ranker.use(learned);
    return ranker;
  }
}

function chooseCoOccurrence(training: LeftOut['training'], items: number, judges: NextItems): Promise<RuleOptions> {
  return ascend(CO_OCCURRENCE, CO_OCCURRENCES, async settings => {
    const goodness: number[] = [];
    for (const options of settings) {
      goodness.push((await figuresOf(rules(training, items, options), judges))['ndcg@10']);
    }
    return goodness;
  });
}

/** The first part has 1. */
function chooseWeights(parts: Readonly<Record<string, Part>>, validation: NextItems): Promise<Record<string, number>> {
  const [first, ...others] = Object.keys(parts);
  const start = Object.fromEntries([[first!, 1], ...others.map(name => [name, 0])]) as Record<string, number>;
  const choices = Object.fromEntries(others.map(name => [name, WEIGHTS]));
  return ascend(start, choices, async settings => {
    const weightings = settings.map(each => Object.values(each));
    const found = await ranks(Object.values(parts), weightings, validation, { withoutHistory: true });
    return found.map(each => rankFigures(each, K).ndcg);
  });
}

async function figuresOf(scorer: Scorer, moments: NextItems): Promise<Figures> {
  const [found] = await ranks([{ scorer, scaled: () => undefined }], [[1]], moments, { withoutHistory: true });
  const { hr, ndcg } = rankFigures(found!, K);
  return { 'hr@10': hr, 'ndcg@10': ndcg };
}

/** As many as wanted, evenly from all. */
function some({ histories, targets }: NextItems, wanted: number): NextItems {
  const every = Math.max(1, Math.ceil(targets.length / wanted));
  return {
    histories: histories.filter((_, at) => at % every === 0),
    targets: targets.filter((_, at) => at % every === 0),
  };
}

/** Means, and the standard deviations of a seed; 0 where there is one alone. */
function spread(each: readonly Figures[]) {
  const [hr, ndcg] = [each.map(one => one['hr@10']), each.map(one => one['ndcg@10'])] as const;
  return { 'hr@10': mean(hr), 'ndcg@10': mean(ndcg), 'hr@10_sd': deviation(hr), 'ndcg@10_sd': deviation(ndcg) };
}

async function eachOf<A, B>(record: Readonly<Record<string, A>>, of: (value: A) => Promise<B>) {
  const found: Record<string, B> = {};
  for (const [name, value] of Object.entries(record)) found[name] = await of(value);
  return found;
}

const byTop = (scorer: Scorer): Part => ({ scorer, scaled: toTop });
