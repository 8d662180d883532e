import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { type Dataset, splitByTime } from '../../models/ranker/dataset/dataset.ts';
import { examples } from '../../test/sim/examples.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';
import { paired, type Worth } from '../robustness/paired.ts';
import { worthOn } from '../robustness/shop/attacks.ts';
import { perceptron } from '../robustness/shop/rankers.ts';

const HELP = `What it is worth to a ranker that clicks are put down to where a product stood: on made-up lists of ten whose order
misleads, a tenth of them in random order, judged by lists in random order.

  node --import tsx bench/quality/position.ts [--seeds N] [--lists N] [--json]`;

const options = z.object({
  ...EVALUATION,
  seeds: EVALUATION.seeds.default(10),
  lists: wholeNumber('lists', 100).default(1_200),
});

const ITEMS = 10;
const EXPLORED = 0.1;
const JUDGED = 2_000;
/** Of the seeds of what is judged by: none is one of those of what is learned from. */
const FRESH = 1_000;

/** What a training is told of positions. */
const TOLD: Record<string, (dataset: Dataset) => Dataset> = {
  nothing: dataset => ({ ...dataset, position: new Float32Array(dataset.rows) }),
  'where things stood': dataset => ({ ...dataset, explored: new Uint8Array(dataset.rows) }),
  'and which lists were in random order': dataset => dataset,
};

await runEvaluation({ help: HELP, options }, async ({ seeds, lists, json }) => {
  const worth: Record<string, Worth[]> = Object.fromEntries(Object.keys(TOLD).map(told => [told, []]));
  for (let seed = 1; seed <= seeds; seed++) {
    const [train, validation] = splitByTime(examples({ lists, items: ITEMS, explored: EXPLORED, seed }), [0.85, 0.15]);
    const judged = examples({ lists: JUDGED, items: ITEMS, explored: 1, seed: FRESH + seed });
    for (const [told, of] of Object.entries(TOLD)) {
      const ranker = await perceptron({ train: of(train!), validation: of(validation!) }, { seed });
      const { gains, users } = await worthOn(ranker, judged);
      worth[told]!.push({ gains, users: users.map(user => user + seed * JUDGED) });
    }
    progress(`seed ${seed} of ${seeds}`);
  }
  const base = worth.nothing!;
  const found = Object.entries(worth).map(([told, runs]) => {
    const { hardened: ndcg, gain } = paired(runs.map((run, at) => ({ plain: base[at]!, hardened: run })));
    return { told, 'ndcg@10': ndcg, gain };
  });
  printResult({ seeds, lists, found }, json, () =>
    table([
      ['TOLD', 'NDCG@10', 'MORE THAN IF TOLD NOTHING'],
      ...found.map(({ told, 'ndcg@10': ndcg, gain }) => [
        told,
        ...[ndcg, gain].map(({ value, low, high }) => `${value.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`),
      ]),
    ]),
  );
});
