import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { contentSimilarity } from '../../models/controls/content-neighbours.ts';
import { contentsOf } from '../../models/controls/contents.ts';
import { type Evaluation, evaluateRankers } from '../../models/evaluate/compare.ts';
import { topsOf } from '../../models/evaluate/evidence/variety.ts';
import { judge } from '../../models/evaluate/gate.ts';
import { POPULARITY_FEATURE } from '../../models/features/aggregates/defaults.ts';
import { FEATURE_NAMES } from '../../models/features/vector.ts';
import { openNextItem } from '../../models/next-item/model.ts';
import { decodeTables, encodeTables } from '../../models/next-item/tables.ts';
import { type TrainedBlend, trainBlendRanker } from '../../models/next-item/train-ranker.ts';
import { type Dataset, splitByTime } from '../../models/ranker/dataset/dataset.ts';
import { openFeatureRanker } from '../../models/ranker/feature-model.ts';
import type { RankerModel } from '../../models/ranker/model.ts';
import { popularityModel } from '../../models/ranker/popularity.ts';
import { trainRanker } from '../../models/ranker/train.ts';
import { snapshotOf } from '../modalities/journeys.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';
import {
  beyondAccuracy,
  type Catalogue,
  countsOf,
  inColumns,
  LIST_HEADS,
  type ListFigures,
} from '../quality/beyond-accuracy.ts';

const HELP = `How well a sequence ranker orders the lists of the simulated shop, beside the perceptron and popularity.

  node --import tsx bench/eval/sequence.ts [--seeds N] [--users N] [--lists N] [--json]

Lists are in random order. Each ranker is trained as a retraining does it, and judged on the last quarter of the lists.
The seed is the shop's; trainings have seed 1. Coverage, novelty and diversity are of the first three places.`;

const options = z.object({
  ...EVALUATION,
  seeds: EVALUATION.seeds.default(3),
  first: wholeNumber('first', 1).default(3),
  users: wholeNumber('users', 50).default(1_200),
  lists: wholeNumber('lists', 500).default(8_000),
});

await runEvaluation({ help: HELP, options }, async ({ seeds, first, users, lists, json }) => {
  const runs: Awaited<ReturnType<typeof measure>>[] = [];
  for (let seed = first; seed < first + seeds; seed++) {
    runs.push(await measure({ seed, users, lists }));
    progress(`seed ${seed}: ${JSON.stringify(runs.at(-1))}`);
  }
  const rows = runs.flatMap(({ seed, rankers }) =>
    Object.entries(rankers).map(
      ([
        name,
        {
          ndcg,
          auc,
          ece,
          minus_popularity: [value, low, high],
          passed,
          tops,
        },
      ]) => [
        ...[String(seed), name, ...[ndcg, auc, ece].map(each => (each ?? Number.NaN).toFixed(4))],
        ...[`${value.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`, passed ? 'passed' : 'refused'],
        ...inColumns(tops),
      ],
    ),
  );
  const head = [
    'SEED',
    'RANKER',
    'NDCG@10',
    'AUC',
    'ECE',
    'NDCG - POPULARITY, 95 %',
    'GATE, BESIDE POPULARITY',
    ...LIST_HEADS,
  ];
  printResult({ users, lists, runs }, json, () => table([head, ...rows]));
});

async function measure({ seed, users, lists }: { seed: number; users: number; lists: number }) {
  const dataset = snapshotOf({ seed, users, lists });
  const [train, validation, later] = splitByTime(dataset) as [Dataset, Dataset, Dataset];
  const blend = await trainBlendRanker({ train, validation }, { seed: 1 });
  const perceptron = await trainRanker({ train, validation }, { seed: 1 });
  const width = FEATURE_NAMES.length;
  const scores = {
    sequence: await scoresOf(openNextItem(blend), later),
    'sequence, without click rates': await scoresOf(openNextItem(withoutRates(blend)), later),
    perceptron: await scoresOf(openFeatureRanker(perceptron.model, width), later),
    popularity: await scoresOf(openFeatureRanker(popularityModel(FEATURE_NAMES, POPULARITY_FEATURE), width), later),
  };
  const catalogue = catalogueOf(dataset, [train, validation]);
  const judged = Object.entries(scores).map(([name, candidate]) => {
    const { popularity } = scores;
    const evaluation = evaluateRankers(later, { candidate, champion: popularity, popularity }, { seed: 1 });
    return [name, figuresOf(evaluation, beyondAccuracy(topsOf(later, candidate), catalogue))] as const;
  });
  return { seed, rankers: Object.fromEntries(judged), training: blend.metrics };
}

/** The blend alone: how items fare with everybody counts nothing. */
function withoutRates(blend: TrainedBlend): TrainedBlend {
  const { settings, ...tables } = decodeTables(blend.tables, blend.items.length, 'a trained blend');
  const click = { ...settings.click, rate: 0 };
  return { ...blend, tables: encodeTables({ ...tables, settings: { ...settings, click } }) };
}

async function scoresOf(opening: Promise<RankerModel>, part: Dataset): Promise<Float32Array> {
  const ranker = await opening;
  try {
    return await ranker.score(part);
  } finally {
    await ranker.release();
  }
}

/** Items are alike as what describes them is, and known as far as they were clicked in what was learned from. */
function catalogueOf({ items, journeys }: Dataset, learned: readonly Dataset[]): Catalogue {
  const clicked = learned.flatMap(({ item, clicked }) => [...item].filter((_, row) => clicked[row] === 1));
  const contents = journeys && contentsOf(journeys.described);
  const similarity = contents && contentSimilarity(contents);
  return { items: items.length, taken: countsOf(items.length, clicked), similarity };
}

function figuresOf(evaluation: Evaluation, tops: ListFigures) {
  const { ndcg, auc, ece } = evaluation.rankers.candidate;
  const { value, low, high } = evaluation.differences.popularity!;
  return {
    ndcg,
    auc,
    ece,
    lists: evaluation.lists,
    minus_popularity: [value, low, high] as const,
    passed: judge({ evaluation }).passed,
    tops,
  };
}
