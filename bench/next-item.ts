import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { printResult, progress, table } from '../cli/output.ts';
import { type Part, toDeviations, toTop } from '../models/controls/blend.ts';
import { popularity } from '../models/controls/popularity.ts';
import { CO_OCCURRENCE, rules } from '../models/controls/rules.ts';
import { type NextItems, rankFigures, ranks } from '../models/evaluate/ranks.ts';
import { initialRanker, openSequenceRanker } from '../models/sequence/ranker.ts';
import { trainSequenceRanker } from '../models/sequence/train.ts';
import { readLeftOut } from './quality/sequences.ts';

const K = 10;
const SHAPE = { width: 64, length: 50, blocks: 2 };
const RECIPE = { dropout: 0.5, negatives: 1_024, tokens: 2_048, rate: 1e-3, every: 5, patience: 6 };
/** Of the sequence ranker and the neighbours; the first is the ranker alone. */
const WEIGHTINGS = [0, 0.5, 1, 1.5, 2, 3, 4, 6, 8].map(neighbours => [1, neighbours]);
/** Users by whom each stage of training is judged; all of them choose the blend. */
const JUDGES = 5_000;
/** Of the time that is given, for training; the rest is for validation and test. */
const TRAINING_SHARE = 0.85;

const Options = z.object({
  data: z.string('expected --data DIR, which has sequences.txt'),
  seeds: z.coerce.number().int().positive(),
  'max-minutes': z.coerce.number().positive(),
  json: z.boolean(),
});
const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    seeds: { type: 'string', default: '1' },
    'max-minutes': { type: 'string', default: '40' },
    json: { type: 'boolean', default: false },
  },
});
const { data, seeds, 'max-minutes': minutes, json } = Options.parse(values);
const started = performance.now();
const seconds = (minutes * 60 * TRAINING_SHARE) / seeds;
const { items, training, validation, test } = readLeftOut(path.join(data, 'sequences.txt'));
const neighbours: Part = { scorer: rules(training, items, CO_OCCURRENCE), scaled: toTop };
const popular: Part = { scorer: popularity(training, items), scaled: toTop };
const rankAll = (parts: readonly Part[], weightings: readonly (readonly number[])[], moments: NextItems) =>
  ranks(parts, weightings, moments, { withoutHistory: true });

const runs: { served: Figures; alone: Figures; weights: readonly number[] }[] = [];
for (let seed = 1; seed <= seeds; seed++) runs.push(await trained(seed));
const controls = await rankAll(
  [popular, neighbours],
  [
    [1, 0],
    [0, 1],
  ],
  test,
);
const [byPopularity, byNeighbours] = controls.map(figures) as [Figures, Figures];
const result = {
  protocol: 'leave one out, the last event among all items but those of the history',
  seeds,
  model: spread(runs.map(({ served }) => served)),
  alone: spread(runs.map(({ alone }) => alone)),
  weights: runs.map(({ weights }) => weights),
  controls: { popularity: byPopularity, knn: byNeighbours },
  users: test.targets.length,
  minutes: (performance.now() - started) / 60_000,
};
printResult(result, json, () =>
  table([
    ['MODEL', 'HR@10', 'NDCG@10'],
    ...Object.entries({ ...result.controls, 'sequence ranker': result.alone, 'blend, as served': result.model }).map(
      ([name, each]) => [name, each['hr@10'].toFixed(4), each['ndcg@10'].toFixed(4)],
    ),
  ]),
);

interface Figures {
  readonly 'hr@10': number;
  readonly 'ndcg@10': number;
}

/** Trains a ranker, chooses its blend with the neighbours on validation, and then reads the test part. */
async function trained(seed: number) {
  const scorer = await openSequenceRanker(items, SHAPE, initialRanker(items, SHAPE, seed));
  const ranker: Part = { scorer, scaled: toDeviations };
  const judges = some(validation, JUDGES);
  const parameters = await trainSequenceRanker(
    {
      ...RECIPE,
      sequences: training,
      items,
      shape: SHAPE,
      seed,
      seconds,
      validate: async now => {
        scorer.use(now);
        return figures((await rankAll([ranker], [[1]], judges))[0]!)['ndcg@10'];
      },
    },
    ({ epoch, loss, validation: ndcg, seconds: passed }) =>
      progress(
        `seed ${seed}, epoch ${epoch}: loss ${loss.toFixed(4)}, NDCG@10 ${ndcg.toFixed(4)}, ${passed.toFixed(0)} s`,
      ),
  );
  scorer.use(parameters);
  const parts = [ranker, neighbours];
  const validated = (await rankAll(parts, WEIGHTINGS, validation)).map(each => figures(each)['ndcg@10']);
  const weights = WEIGHTINGS[validated.indexOf(Math.max(...validated))]!;
  const [served, alone] = (await rankAll(parts, [weights, [1, 0]], test)).map(figures) as [Figures, Figures];
  await scorer.release();
  return { served, alone, weights };
}

function figures(found: Float32Array): Figures {
  const { hr, ndcg } = rankFigures(found, K);
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

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, values.length - 1));
}
